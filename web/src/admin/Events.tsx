import { useState } from 'preact/hooks';
import { useLoad } from './hooks';
import { time } from './money';
import { Badge, Pages, Table, Title, Trouble } from './parts';
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
