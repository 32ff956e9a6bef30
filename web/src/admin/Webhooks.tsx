import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, number } from '../i18n/locale';
import { addressOf } from './address';
import { EndpointDialog, NewSecret, Remove } from './EndpointDialogs';
import { useAction, useLoad } from './hooks';
import { Table, Title, Trouble } from './parts';
import { alter, ask, change, may } from './session';
import type { Endpoint, EndpointList } from './types';

const text = words.webhooks;

type Asked = { what: 'edit' | 'secret' | 'remove'; endpoint: Endpoint } | { what: 'make' };

/** Where the shop is told what happens. */
export function Webhooks() {
  const { value, problem, look } = useLoad(() => ask<EndpointList>('/webhooks/endpoints'), [], 5_000);
  const [asked, setAsked] = useState<Asked>();
  const close = (): void => (setAsked(undefined), void look());
  const switching = useAction();
  const act = async (action: () => Promise<unknown>): Promise<void> => {
    await switching.act(action);
    await look();
  };
  const [sent, setSent] = useState('');
  return (
    <>
      <Title text={words.places.webhooks}>
        <a class="button" href={addressOf('webhooks/deliveries')}>
          {text.deliveries}
        </a>
        {may('own') && (
          <button class="primary" type="button" onClick={() => setAsked({ what: 'make' })}>
            {text.create}
          </button>
        )}
      </Title>
      <Trouble text={problem || switching.problem} />
      {sent && <p class="notice" role="status">{text.tested(sent)}</p>}
      {value?.endpoints.length === 0 && <p>{text.none}</p>}
      {!!value?.endpoints.length && (
        <Table label={words.places.webhooks} head={text.head}>
          {value.endpoints.map((endpoint) => (
            <tr key={endpoint.id}>
              <th scope="row" class="name">
                <a href={addressOf('webhooks/deliveries', { endpoint: endpoint.id })}>{endpoint.url}</a>
              </th>
              <td class="name">{standingOf(endpoint)}</td>
              <td class="name">{endpoint.last_accepted_at ? momentOf(endpoint.last_accepted_at) : words.never}</td>
              <td>{number(endpoint.waiting)}</td>
              <td class="detail">{endpoint.types.map((type) => text.types[type] ?? type).join(', ')}</td>
              <td class="actions">
                <div class="buttons">
                  {may('run') && !endpoint.paused && (
                    <button type="button" onClick={() => void act(async () => (await change(`/webhooks/endpoints/${endpoint.id}/test`), setSent(endpoint.url)))}>
                      {text.test}
                    </button>
                  )}
                  {may('own') && (
                    <>
                      <button type="button" onClick={() => void act(() => alter(`/webhooks/endpoints/${endpoint.id}`, { paused: !endpoint.paused }, endpoint.version))}>
                        {endpoint.paused ? text.resume : text.pause}
                      </button>
                      <button type="button" onClick={() => setAsked({ what: 'edit', endpoint })}>
                        {text.edit}
                      </button>
                      <button type="button" onClick={() => setAsked({ what: 'secret', endpoint })}>
                        {text.newSecret}
                      </button>
                      <button type="button" onClick={() => setAsked({ what: 'remove', endpoint })}>
                        {text.remove}
                      </button>
                    </>
                  )}
                </div>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {asked?.what === 'make' && <EndpointDialog close={close} />}
      {asked?.what === 'edit' && <EndpointDialog endpoint={asked.endpoint} close={close} />}
      {asked?.what === 'secret' && <NewSecret endpoint={asked.endpoint} close={close} />}
      {asked?.what === 'remove' && <Remove endpoint={asked.endpoint} close={close} />}
    </>
  );
}

function standingOf({ paused_at: at, paused_why: why, failing_since: failing }: Endpoint): string {
  if (at) return text.paused(text.pausedWhy[why ?? ''] ?? '', momentOf(at));
  return failing ? text.failing(momentOf(failing)) : text.open;
}

/** What every view says while endpoints are paused that no organiser has paused. */
export function PausedEndpoints() {
  const { value } = useLoad(() => ask<EndpointList>('/webhooks/endpoints'), [], 30_000);
  const paused = value?.endpoints.filter(({ paused_why: why }) => why && why !== 'organiser') ?? [];
  if (paused.length === 0) return null;
  return (
    <p class="notice bad" role="alert">
      {text.pausedBanner(paused.map(({ url }) => url).join(', '))} <a href="#/webhooks">{words.places.webhooks}</a>
    </p>
  );
}

