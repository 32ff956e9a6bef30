/** What happened to an order: when, what, and why. */
import { words as admin } from '../../i18n/admin';
import { isolate, momentOf, money, number } from '../../i18n/locale';
import { words } from '../../i18n/orders';
import { addressOf } from '../address';
import { toTheSecondOf } from '../time';
import type { TimelineEntry } from '../types';

const GOOD = ['payment_captured', 'put_back', 'refund_refunded'];
const BAD = ['payment_declined', 'payment_capture_failed', 'refund_failed', 'refund_needs_attention', 'refund_came_back', 'expired', 'cancelled'];

export function Timeline({ entries, currency, reservation }: { entries: TimelineEntry[]; currency: string; reservation: string }) {
  return (
    <ol class="timeline">
      {entries.map((entry, index) => (
        <li key={index} class={GOOD.includes(entry.what) ? 'good' : BAD.includes(entry.what) ? 'bad' : undefined}>
          <time dateTime={entry.at}>{toTheSecondOf(entry.at)}</time>
          <span>
            {what(entry, currency)}
            {why(entry) && <q>{why(entry)}</q>}
            {more(entry) && <small>{more(entry)}</small>}
            {entry.what === 'told_shop' && <Where url={entry.to ?? ''} of={reservation} />}
          </span>
        </li>
      ))}
    </ol>
  );
}

function Where({ url, of }: { url: string; of: string }) {
  return (
    <small>
      <a href={addressOf('webhooks/deliveries', { subject: of })}>
        <bdi>{url}</bdi>
      </a>
    </small>
  );
}

function what(entry: TimelineEntry, currency: string): string {
  const { about = '', to = '' } = entry;
  if (entry.what === 'told_shop') return words.toldShop(admin.webhooks.types[about] ?? about);
  if (entry.what === 'told_shopper') return (words.toldShopper[to] ?? String)(words.kinds[about] ?? about);
  const happened = words.happened[entry.what];
  return happened
    ? happened({
        sum: entry.amount_minor === undefined ? '' : money(entry.amount_minor, currency),
        until: entry.until ? momentOf(entry.until) : '',
        place: entry.place === undefined ? '' : number(entry.place),
      })
    : entry.what;
}

/** A word of ours, or what somebody wrote. */
const why = ({ why }: TimelineEntry): string => (why === undefined ? '' : isolate(words.mismatches[why] ?? words.why[why] ?? why));

function more({ what, by, put_back, state, tries }: TimelineEntry): string {
  const told = what === 'told_shop' ? (admin.webhooks.states[state ?? ''] ?? state) : what === 'told_shopper' ? (words.ends[state ?? ''] ?? state) : undefined;
  return [by && words.by(isolate(by)), put_back && words.withUnits, told, tries ? words.tries(tries) : undefined].filter(Boolean).join(' · ');
}
