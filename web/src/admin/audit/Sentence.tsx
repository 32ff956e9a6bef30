/** An entry of the audit log as a sentence: who did what, to what, and why. */
import type { ComponentChildren } from 'preact';
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/audit';
import { isCurrency, money, number } from '../../i18n/locale';
import { words as people } from '../../i18n/people';
import { addressOf } from '../address';
import type { AuditEntry, Right } from '../types';

/** What else an entry knows that a sentence may say. */
const KNOWN = ['aimed_often', 'aimed', 'sku', 'units', 'amount', 'entries', 'deleted', 'rights', 'role', 'resent', 'count', 'sale'] as const;

export function Sentence({ entry }: { entry: AuditEntry }) {
  const said = { who: <strong>{whoDid(entry)}</strong>, what: <Subject entry={entry} />, action: entry.action, ...saidOf(entry) };
  const sentence = fill(sentenceOf(entry.action, said) ?? words.otherwise, said);
  const { reason } = entry.detail;
  return typeof reason === 'string' ? (
    <>
      {sentence}
      {words.because}
      <q>
        <bdi>{reason}</bdi>
      </q>
    </>
  ) : (
    <>{sentence}</>
  );
}

type Said = Record<string, ComponentChildren>;

/** The one that says most of what is known. */
function sentenceOf(action: string, said: Said): string | undefined {
  const more = KNOWN.find((name) => said[name] !== undefined && words.sentences[`${action}:${name}`] !== undefined);
  return words.sentences[more ? `${action}:${more}` : action];
}

/** What stands in braces is put in; the text between stays as it is. */
function fill(sentence: string, said: Said): ComponentChildren[] {
  return sentence.split(/\{(\w+)\}/).map((part, index) => (index % 2 === 0 ? part : <bdi key={index}>{said[part] ?? '–'}</bdi>));
}

/** Only who came with a token that is none lacks one. */
function whoDid({ actor, subject }: AuditEntry): string {
  if (actor) return actor === 'configuration' ? words.configuration : actor;
  return subject === 'unknown token' ? words.stranger : words.somebody;
}

function saidOf({ detail, event_id: event, event_name: sale, action, product_names: products }: AuditEntry): Said {
  const { currency, amount_minor: minor, role, count, person } = detail;
  const isOften = typeof count === 'number' && count > 1;
  const known = Object.entries(detail).map(([name, value]) => [name, typeof value === 'number' ? number(value) : value]);
  const plain = known.filter(([name, value]) => KNOWN.includes(name as (typeof KNOWN)[number]) && typeof value === 'string');
  return {
    ...Object.fromEntries(plain),
    ...(typeof detail['sku'] === 'string' && { sku: products?.[detail['sku']] ?? detail['sku'] }),
    count: isOften ? number(count) : undefined,
    ...(typeof person === 'string' && { [isOften ? 'aimed_often' : 'aimed']: person }),
    role: typeof role === 'string' ? (admin.roles[role as keyof typeof admin.roles] ?? role) : undefined,
    rights: rightsOf(detail),
    amount: typeof minor === 'number' && typeof currency === 'string' && isCurrency(currency) ? money(minor, currency) : undefined,
    sale: action === 'orders.export' && event ? <Place path={`events/${event}`} name={sale ?? event} /> : undefined,
  };
}

/** Of a token that may do less than its role: what, and where. */
function rightsOf({ rights, for_event_name: sale }: AuditEntry['detail']): string | undefined {
  if (!Array.isArray(rights)) return undefined;
  const some = people.only(rights.map((right) => people.rights[right as Right] ?? String(right)).join(', '));
  return typeof sale === 'string' ? `${some}; ${people.onlyFor(sale)}` : some;
}

/** What it was done to, by the name that people know it by, and a way there. */
function Subject({ entry }: { entry: AuditEntry }) {
  const { action, subject, subject_name: called, detail } = entry;
  const name = called ?? [detail['name'], detail['url'], detail['sku']].find((it): it is string => typeof it === 'string') ?? words.subjects[subject] ?? subject;
  const path = pathOf(action, subject);
  return path && called !== undefined ? <Place path={path} name={name} /> : <em>{name}</em>;
}

function pathOf(action: string, subject: string): string | undefined {
  const [kind] = action.split('.');
  if (kind === 'event') return `events/${subject}`;
  if (kind === 'order') return `orders/${subject}`;
  if (kind === 'endpoint') return `webhooks/deliveries?endpoint=${subject}`;
  if (kind === 'series') return 'series';
  if (kind === 'product') return 'products';
  return kind === 'token' ? 'tokens' : undefined;
}

const Place = ({ path, name }: { path: string; name: string }) => (
  <a href={addressOf(path)}>
    <em>{name}</em>
  </a>
);
