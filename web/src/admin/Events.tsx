import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { useLoad } from './hooks';
import { Badge, Pages, Table, Title, Trouble } from './parts';
import { SaleTime } from './SaleTime';
import { ask, may } from './session';
import type { EventList } from './types';

const PAGE = 50;

export function Events() {
  const [before, setBefore] = useState('');
  const path = `/events?limit=${PAGE}${before && `&before=${before}`}`;
  const { value, problem } = useLoad(() => ask<EventList>(path), [path], 5_000);
  return (
    <>
      <Title text={words.places.sales}>
        {may('run') && (
          <a class="button primary" role="button" href="#/new">
            {words.events.create}
          </a>
        )}
      </Title>
      <Trouble text={problem} />
      {value?.events.length === 0 && <p>{words.events.none}</p>}
      {!!value?.events.length && (
        <Table label={words.events.label} head={words.events.head} stacks>
          {value.events.map((event) => (
            <tr key={event.id}>
              <th scope="row" class="name">
                <a href={`#/events/${event.id}`}>{event.name}</a>
              </th>
              <td data-label={words.events.head[1]}>
                <Badge status={event.status} />
              </td>
              <td data-label={words.events.head[2]}>
                <SaleTime at={event.opens_at} zone={event.time_zone} />
              </td>
              <td data-label={words.events.head[3]}>{event.status === 'stopped' ? '–' : <SaleTime at={event.closes_at} zone={event.time_zone} />}</td>
              <td data-label={words.events.head[4]}>{event.currency}</td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.events} page={PAGE} idOf={(event) => event.id} before={before} go={setBefore} />
    </>
  );
}
