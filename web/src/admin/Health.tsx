import { words } from '../i18n/admin';
import { momentOf, number, roughly } from '../i18n/locale';
import { useLoad } from './hooks';
import { Table, Title, Trouble } from './parts';
import { ask } from './session';
import type { Health as Seen, ProcessHealth } from './types';

const text = words.health;

export function Health() {
  const { value, problem } = useLoad(() => ask<Seen>('/health'), [], 2_000);
  const servers = value && ([['RabbitMQ', value.broker], ['Redis', value.redis], ['PostgreSQL', value.postgres]] as const);
  return (
    <>
      <Title text={words.places.health} />
      <Trouble text={problem} />
      {servers && (
        <Table label={text.servers} head={text.serversHead}>
          {servers.map(([name, { up, answered_in_ms }]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class={up ? 'good' : 'bad'}>{up ? text.up : text.down}</td>
              <td>{words.ms(number(answered_in_ms))}</td>
            </tr>
          ))}
        </Table>
      )}
      {!!value?.services.length && (
        <>
          <h2>{text.services}</h2>
          <Table label={text.services} head={text.servicesHead}>
            {value.services.map(({ name, living }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class={living ? 'good' : 'bad'}>{living ? text.up : text.down}</td>
                <td>{number(living)}</td>
              </tr>
            ))}
          </Table>
          <h2>{text.processes}</h2>
          <Table label={text.processes} head={text.processesHead}>
            {value.services.flatMap(({ name, processes }) => processes.map((process) => <OneProcess key={process.id} service={name} process={process} />))}
          </Table>
        </>
      )}
      <h2>{text.lines}</h2>
      {value?.lines.length === 0 && <p>{text.none}</p>}
      {!!value?.lines.length && (
        <Table label={text.lines} head={text.linesHead}>
          {value.lines.map((line) => (
            <tr key={line.event_id}>
              <th scope="row" class="name">
                <a href={`#/events/${line.event_id}`}>{line.name}</a>
              </th>
              <td>{words.status[line.status]}</td>
              <td>{line.heard_ms_ago == null ? words.never : text.ago(roughly(line.heard_ms_ago))}</td>
              <td>{number(line.waiting_here)}</td>
              <td class={line.stalled ? 'bad' : 'good'}>
                {line.status === 'paused' ? words.status.paused : line.stalled ? text.standsStill : text.moves}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}

function OneProcess({ service, process }: { service: string; process: ProcessHealth }) {
  const { id, host, version, started_at, heard_ms_ago, lives, lacks } = process;
  const isReady = lives && lacks?.length === 0;
  return (
    <tr>
      <th scope="row">{service}</th>
      <td>
        <bdi>{host}</bdi> <small title={id}>{[version, id.slice(-8)].filter(Boolean).join(' · ')}</small>
      </td>
      <td>{started_at ? momentOf(started_at) : text.notKnown}</td>
      <td>{text.ago(roughly(heard_ms_ago))}</td>
      <td class={isReady ? 'good' : 'bad'}>{!lives ? text.silent : !lacks ? text.tellsNothing : isReady ? text.ready : text.lacks(lacks.join(', '))}</td>
    </tr>
  );
}
