/** The audit log: who did what, as sentences, day by day. */
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/audit';
import { number } from '../../i18n/locale';
import { useFilters } from '../address';
import { Choice, Field } from '../fields';
import { useLoad } from '../hooks';
import { Pages, Title, Trouble } from '../parts';
import { ask } from '../session';
import { beginOf, dayOf, dayOfMoment, periodOf, timeOf } from '../time';
import type { AuditEntry, AuditPage, EventList } from '../types';
import { Sentence } from './Sentence';
import { changesOf, nameOf, valueOf } from './values';

const PAGE = 50;
const FILTERS = ['actor', 'action', 'event', 'subject', 'from', 'until', 'before'] as const;
type Values = Record<(typeof FILTERS)[number], string>;

export function Audit() {
  const { values, set, isAny } = useFilters(FILTERS);
  const asked = new URLSearchParams({ limit: String(PAGE), ...Object.fromEntries(Object.entries(values).filter(([, value]) => value)) });
  const { value, problem } = useLoad(() => ask<AuditPage>(`/audit?${asked}`), [asked.toString()]);
  const narrow = (changed: Partial<Values>, isTyped = false): void => set({ before: '', ...changed }, isTyped);
  const actors = [...new Set(value?.entries.map(({ actor }) => actor).filter(Boolean))];
  return (
    <>
      <Title text={admin.places.audit} />
      <Filters values={values} narrow={narrow} isAny={isAny} actors={actors} />
      <Trouble text={problem} />
      {values.subject && <p class="notice">{words.subjectOnly}</p>}
      {value?.entries.length === 0 && <p>{words.none}</p>}
      {days(value?.entries ?? []).map(([day, entries]) => (
        <section key={day} class="card day" aria-label={day}>
          <h2>{day}</h2>
          <ol class="feed">
            {entries.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
        </section>
      ))}
      <Pages rows={value?.entries} page={PAGE} idOf={(entry) => entry.id} before={values.before} go={(before) => narrow({ before })} />
    </>
  );
}

/** Entries, the latest first, by the days here that they were written on. */
function days(entries: AuditEntry[]): [day: string, AuditEntry[]][] {
  const days: [string, AuditEntry[]][] = [];
  for (const entry of entries) {
    const day = dayOfMoment(entry.at);
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(entry);
    else days.push([day, [entry]]);
  }
  return days;
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { at, role, address, detail } = entry;
  const changes = changesOf(detail);
  const { addresses } = detail;
  const where = typeof addresses === 'number' ? words.addresses(number(addresses)) : address;
  const from = where && words.from(admin.roles[role as keyof typeof admin.roles] ?? role ?? '', where);
  const period = periodOf(detail['first_at'], detail['last_at']);
  return (
    <li>
      <time dateTime={at}>{timeOf(at)}</time>
      <div>
        <p>
          <Sentence entry={entry} />
        </p>
        {period && <small>{period}</small>}
        {changes.length > 0 && <Changes detail={detail} changes={changes} products={entry.product_names} />}
        <details>
          <summary>{[from, words.more].filter(Boolean).join(' · ')}</summary>
          <dl class="given record">
            {Object.entries({ action: entry.action, subject: entry.subject, ...detail }).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd class="id">{typeof value === 'string' ? value : JSON.stringify(value)}</dd>
              </div>
            ))}
          </dl>
        </details>
      </div>
    </li>
  );
}

/** What each field was, and what it is since. */
function Changes({ detail, changes, products }: { detail: AuditEntry['detail']; changes: ReturnType<typeof changesOf>; products: AuditEntry['product_names'] }) {
  const spec = detail['spec'] as { currency?: string } | undefined;
  const currency = typeof detail['currency'] === 'string' ? detail['currency'] : spec?.currency;
  return (
    <ul class="changes" aria-label={words.changed}>
      {changes.map(({ field, before, after }) => (
        <li key={field}>
          <bdi>{nameOf(field, products)}</bdi> <span class="hidden-but-read">{words.before}</span>{' '}
          <del>
            <bdi>{valueOf(field, before, currency)}</bdi>
          </del>{' '}
          <span class="hidden-but-read">{words.after}</span>{' '}
          <ins>
            <bdi>{valueOf(field, after, currency)}</bdi>
          </ins>
        </li>
      ))}
    </ul>
  );
}

interface FiltersProps {
  values: Values;
  narrow: (changed: Partial<Values>, isTyped?: boolean) => void;
  isAny: boolean;
  actors: string[];
}

function Filters({ values, narrow, isAny, actors }: FiltersProps) {
  const text = words.filters;
  const events = useLoad(() => ask<EventList>('/events?limit=200'), []);
  const sales = (events.value?.events ?? []).map(({ id, name }) => [id, name] as const);
  // An older one, or something finer, that somebody's link speaks of.
  const also = (value: string, known: readonly (readonly [string, string])[]) => (!value || known.some(([one]) => one === value) ? [] : [[value, value] as const]);
  const kinds = Object.entries(words.kinds);
  return (
    <div class="grid" role="search">
      <Field label={text.who} type="search" value={values.actor} set={(actor) => narrow({ actor }, true)} hint={text.whoHint} offered={actors} />
      <Choice label={text.what} value={values.action} set={(action) => narrow({ action })} options={[['', admin.all], ...also(values.action, kinds), ...kinds]} />
      <Choice label={text.sale} value={values.event} set={(event) => narrow({ event })} options={[['', admin.all], ...also(values.event, sales), ...sales]} />
      <Field label={text.from} type="date" value={dayOf(values.from)} set={(day) => narrow({ from: beginOf(day) }, true)} />
      <Field
        label={text.until}
        type="date"
        value={dayOf(values.until && new Date(Date.parse(values.until) - 1).toISOString())}
        set={(day) => narrow({ until: beginOf(day, 1) }, true)}
      />
      {isAny && (
        <button type="button" onClick={() => narrow({ actor: '', action: '', event: '', subject: '', from: '', until: '' })}>
          {text.clear}
        </button>
      )}
    </div>
  );
}
