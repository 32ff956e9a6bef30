import { useState } from 'preact/hooks';
import { useLoad } from './hooks';
import { time } from './money';
import { Badge, Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { EventSummary } from './types';

const PAGE = 50;

export function Events() {
  const [before, setBefore] = useState('');
  const path = `/events?limit=${PAGE}${before && `&before=${before}`}`;
  const { value, problem } = useLoad(() => ask<{ events: EventSummary[] }>(path), [path], 5_000);
  return (
    <>
      <Title text="Sales">
        <a class="button primary" role="button" href="#/new">
          New sale
        </a>
      </Title>
      <Trouble text={problem} />
      {value?.events.length === 0 && <p>There are no sales yet.</p>}
      {!!value?.events.length && (
        <Table label="All sales" head={['Name', 'Status', 'Opens', 'Closes', 'Currency']}>
          {value.events.map((event) => (
            <tr key={event.id}>
              <th scope="row">
                <a href={`#/events/${event.id}`}>{event.name}</a>
              </th>
              <td>
                <Badge status={event.status} />
              </td>
              <td>{time(event.opens_at)}</td>
              <td>{time(event.closes_at)}</td>
              <td>{event.currency}</td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.events} page={PAGE} idOf={(event) => event.id} before={before} go={setBefore} />
    </>
  );
}

interface PagesProps<T> {
  rows: T[] | undefined;
  page: number;
  idOf: (row: T) => string;
  before: string;
  go: (before: string) => void;
}

/** Older and newest: lists grow at their head, so pages are told apart by the row they begin after. */
export function Pages<T>({ rows, page, idOf, before, go }: PagesProps<T>) {
  const last = rows?.at(-1);
  return (
    <p class="pages">
      {before && (
        <button type="button" onClick={() => go('')}>
          Newest
        </button>
      )}
      {rows?.length === page && last && (
        <button type="button" onClick={() => go(idOf(last))}>
          Older
        </button>
      )}
    </p>
  );
}
