import { useLoad } from './hooks';
import { number } from './money';
import { Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { Health as Seen } from './types';

export function Health() {
  const { value, problem } = useLoad(() => ask<Seen>('/health'), [], 2_000);
  const servers = value && ([['RabbitMQ', value.broker], ['Redis', value.redis], ['PostgreSQL', value.postgres]] as const);
  return (
    <>
      <Title text="Health" />
      <Trouble text={problem} />
      {servers && (
        <Table label="Servers" head={['Server', 'State', 'Answered in']}>
          {servers.map(([name, { up, answered_in_ms }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class={up ? 'good' : 'bad'}>{up ? 'up' : 'down'}</td>
              <td>{number(answered_in_ms)} ms</td>
            </tr>
          ))}
        </Table>
      )}
      <h2>Lines</h2>
      {value?.lines.length === 0 && <p>No sale is open.</p>}
      {!!value?.lines.length && (
        <Table label="Lines" head={['Sale', 'Status', 'Dispenser last heard', 'Waiting at this door', 'State']}>
          {value.lines.map((line) => (
            <tr key={line.event_id}>
              <th scope="row">
                <a href={`#/events/${line.event_id}`}>{line.name}</a>
              </th>
              <td>{line.status}</td>
              <td>{line.heard_ms_ago == null ? 'never' : `${number(line.heard_ms_ago)} ms ago`}</td>
              <td>{number(line.waiting_here)}</td>
              <td class={line.stalled ? 'bad' : 'good'}>{line.stalled ? 'stands still' : 'moves'}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
