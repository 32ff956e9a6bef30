import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf } from '../i18n/locale';
import { useLoad } from './hooks';
import { Badge, Pages, Table, Title, Trouble } from './parts';
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
        <Table label={words.events.label} head={words.events.head}>
          {value.events.map((event) => (
            <tr key={event.id}>
              <th scope="row" class="name">
                <a href={`#/events/${event.id}`}>{event.name}</a>
              </th>
              <td>
                <Badge status={event.status} />
              </td>
              <td>{momentOf(event.opens_at)}</td>
              <td>{event.status === 'stopped' ? '–' : momentOf(event.closes_at)}</td>
              <td>{event.currency}</td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.events} page={PAGE} idOf={(event) => event.id} before={before} go={setBefore} />
    </>
  );
}
