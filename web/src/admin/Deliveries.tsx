import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, number } from '../i18n/locale';
import { addressOf, useFilters } from './address';
import { Choice, Field, TimeField } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { SaleChoice } from './SaleChoice';
import { ask, change, may } from './session';
import type { Delivery, DeliveryDetail, DeliveryPage, EndpointList, Resent } from './types';
import { browserZone } from './zone';

const PAGE = 50;
const FILTERS = ['endpoint', 'event', 'state', 'type', 'subject', 'before'] as const;
const text = words.webhooks;

/** What the shop's endpoints were told, and what they answered: all, of one endpoint, or of one sale. */
export function Deliveries() {
  const { values, set } = useFilters(FILTERS);
  const { endpoint, before } = values;
  const [shown, setShown] = useState<string>();
  const [resending, setResending] = useState(false);
  const asked = Object.entries({ ...values, subject: values.subject.trim() }).filter(([, value]) => value);
  const page = new URLSearchParams([...asked, ['limit', String(PAGE)]]).toString();
  const endpoints = useLoad(() => ask<EndpointList>('/webhooks/endpoints'), []);
  const urlOf = (id: string): string => endpoints.value?.endpoints.find((one) => one.id === id)?.url ?? id;
  const { value, problem, look } = useLoad(() => ask<DeliveryPage>(`/webhooks/deliveries?${page}`), [page], 5_000);
  const narrow = (changed: Partial<typeof values>, isTyped = false): void => set({ before: '', ...changed }, isTyped);
  return (
    <>
      <Title text={text.deliveries}>
        {endpoint && may('run') && (
          <button type="button" onClick={() => setResending(true)}>
            {text.resendMany}
          </button>
        )}
      </Title>
      <p class="detail">
        <a href={addressOf('webhooks')}>{words.places.webhooks}</a>
        {values.event && (
          <>
            {' · '}
            <a href={addressOf(`events/${values.event}`)}>{text.theSale}</a>
          </>
        )}
      </p>
      <div class="grid" role="search">
        <Choice
          label={text.endpoint}
          value={endpoint}
          set={(endpoint) => narrow({ endpoint })}
          options={[['', words.all], ...(endpoint && urlOf(endpoint) === endpoint ? [[endpoint, endpoint] as const] : []), ...(endpoints.value?.endpoints ?? []).map(({ id, url }) => [id, url] as const)]}
        />
        <SaleChoice label={text.sale} value={values.event} set={(event) => narrow({ event })} />
        <Choice label={text.state} value={values.state} set={(state) => narrow({ state })} options={[['', words.all], ...Object.entries(text.states)]} />
        <Choice label={text.type} value={values.type} set={(type) => narrow({ type })} options={[['', words.all], ...Object.entries(text.types)]} />
        <Field label={text.subject} value={values.subject} set={(subject) => narrow({ subject }, true)} hint={text.subjectHint} />
      </div>
      <Trouble text={problem || endpoints.problem} />
      {value?.deliveries.length === 0 && <p>{text.noDeliveries}</p>}
      {!!value?.deliveries.length && (
        <Table label={text.deliveries} head={text.deliveriesHead}>
          {value.deliveries.map((delivery) => (
            <tr key={delivery.id}>
              <th scope="row">
                {text.types[delivery.type] ?? delivery.type}
                {!endpoint && (
                  <small class="detail">
                    <bdi>{urlOf(delivery.endpoint_id)}</bdi>
                  </small>
                )}
              </th>
              <td>{stateOf(delivery)}</td>
              <td>{number(delivery.tries)}</td>
              <td class="id">{delivery.subject}</td>
              <td>{momentOf(delivery.at)}</td>
              <td>
                <button type="button" aria-label={text.showOf(delivery.type, delivery.subject)} onClick={() => setShown(delivery.id)}>
                  {text.show}
                </button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.deliveries} page={PAGE} idOf={(delivery) => delivery.id} before={before} go={(before) => set({ before })} />
      {shown && <Detail id={shown} close={() => (setShown(undefined), void look())} />}
      {resending && endpoint && <ResendMany endpoint={endpoint} close={() => (setResending(false), void look())} />}
    </>
  );
}

function stateOf({ state, last_status: status, last_error: error }: Delivery): string {
  const why = state === 'accepted' ? undefined : (error ?? status);
  return [text.states[state] ?? state, why].filter(Boolean).join(' · ');
}

/** What was sent, and what came back. */
function Detail({ id, close }: { id: string; close: () => void }) {
  const { value, problem, look } = useLoad(() => ask<DeliveryDetail>(`/webhooks/deliveries/${id}`), [id], 2_000);
  const resend = useAction();
  const again = async (): Promise<void> => {
    if (await resend.act(() => change(`/webhooks/deliveries/${id}/resend`))) await look();
  };
  return (
    <Dialog title={value ? (text.types[value.type] ?? value.type) : text.deliveries} close={close} leave={words.done}>
      <Trouble text={problem || resend.problem} />
      {value && (
        <>
          <p>{stateOf(value)}</p>
          <p class="id detail">webhook-id: {value.notice_id}</p>
          <h3>{text.sent}</h3>
          <pre class="sent" tabIndex={0} aria-label={text.sent}>{pretty(value.body)}</pre>
          <h3>{text.answered}</h3>
          {value.tries_made.length === 0 && <p>{text.notTried}</p>}
          <ol class="tries" aria-label={text.answered}>
            {value.tries_made.map((one) => (
              <li key={one.at}>
                {momentOf(one.at)} · {words.ms(number(one.duration_ms))} · {[one.status, one.error].filter(Boolean).join(' · ')}
                {one.answer && <code class="secret">{one.answer}</code>}
              </li>
            ))}
          </ol>
          {may('run') && (
            <p>
              <button type="button" disabled={resend.busy} onClick={() => void again()}>
                {value.state === 'waiting' ? text.tryNow : text.resend}
              </button>
            </p>
          )}
        </>
      )}
    </Dialog>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function ResendMany({ endpoint, close }: { endpoint: string; close: () => void }) {
  const [which, setWhich] = useState<'given_up' | 'time'>('given_up');
  const [from, setFrom] = useState(() => new Date(Date.now() - 3_600_000).toISOString());
  const [until, setUntil] = useState(() => new Date().toISOString());
  const [resent, setResent] = useState<number>();
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const range = which === 'given_up' ? { given_up_only: true } : { from, until };
    await act(async () => setResent((await change<Resent>(`/webhooks/endpoints/${endpoint}/resend`, range)).resent));
  };
  return (
    <Dialog title={text.resendMany} close={close} leave={resent === undefined ? words.neverMind : words.done}>
      <Trouble text={problem} />
      {resent !== undefined ? (
        <p role="status">{text.resent(number(resent))}</p>
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <p>{text.resendText}</p>
          <Choice label={text.which} value={which} set={setWhich} options={Object.entries(text.whichOnes) as ['given_up' | 'time', string][]} />
          {which === 'time' && (
            <>
              <TimeField zone={browserZone} label={text.from} value={from} set={setFrom} />
              <TimeField zone={browserZone} label={text.until} value={until} set={setUntil} />
            </>
          )}
          <button class="primary" type="submit" disabled={busy}>
            {text.resendNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}
