/** What is looked at before a sale is scheduled, and how it stands: only what is known. */
import { amount, count } from '../amount';
import type { Draft } from '../draft';
import type { Gateway, Health, Product } from '../types';
import { listOf, type Reading } from './unitPrice';
import type { Step } from './steps';
import type { Warning } from './warnings';

/**
 * `done`; `open`: to be put right; `look`: it can be so, and somebody should look; `unknown`: nobody has looked. A gateway
 * is at best that: nothing is asked of it before somebody pays.
 */
export type Mark = 'done' | 'open' | 'look' | 'unknown';
export type CheckKind = 'prices' | 'stock' | 'times' | 'texts' | 'gateway' | 'servers';

export interface Check {
  kind: CheckKind;
  mark: Mark;
  /** Where it is put right, if in this form. */
  step?: Step;
}

interface Seen {
  products: readonly Product[];
  reading: Reading;
  gateways: readonly Gateway[];
  gateway: Gateway | '';
  /** Undefined until the health is known. */
  health: Health | undefined;
  warnings: readonly Warning[];
}

const worst = (isOpen: boolean, looks: boolean): Mark => (isOpen ? 'open' : looks ? 'look' : 'done');

export function checklistOf(draft: Draft, { products, reading, gateways, gateway, health, warnings }: Seen): Check[] {
  const warned = (...kinds: Warning['kind'][]): boolean => warnings.some(({ kind }) => kinds.includes(kind));
  const noPrice = (item: Draft['items'][number]): boolean => {
    if (item.list.trim()) return amount(item.list, reading.digits, reading.separator) === undefined;
    return listOf(item, products, reading) === undefined && !item.sku; // what a listed product costs is known to the server
  };
  const isUnpriced = draft.items.some(noPrice);
  const inOrder = Date.parse(draft.opens) < Date.parse(draft.closes);
  return [
    { kind: 'prices', step: isUnpriced || warned('free', 'deep') ? 'sold' : 'buyers', mark: worst(isUnpriced, warned('free', 'deep', 'deep_coupon')) },
    { kind: 'stock', step: 'sold', mark: worst(draft.items.some(({ allocation }) => count(allocation) === undefined), warned('no_stock')) },
    { kind: 'times', step: 'start', mark: worst(!inOrder, warned('opens_past', 'closed_past', 'long', 'shorter_than_hold')) },
    { kind: 'texts', step: 'sold', mark: worst(!draft.name.trim(), !draft.description.trim()) },
    ...(draft.checkout === 'handed_over' ? [] : [{ kind: 'gateway' as const, step: 'rules' as const, mark: gateway && gateways.includes(gateway) ? ('unknown' as const) : ('open' as const) }]),
    { kind: 'servers', mark: serversOf(health) },
  ];
}

/** Whether every server answered this ingress and each service has a living process. */
export function serversOf(health: Health | undefined): Mark {
  if (!health) return 'unknown';
  const servers = [health.broker, health.redis, health.postgres].every(({ up }) => up);
  return servers && health.services.length > 0 && health.services.every(({ living }) => living > 0) ? 'done' : 'open';
}
