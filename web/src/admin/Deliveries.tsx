import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, number } from '../i18n/locale';
import { Choice, Field, TimeField } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Pages, Table, Title, Trouble } from './parts';
import { ask, change, may } from './session';
import { browserZone } from './zone';
import type { Delivery, DeliveryDetail, DeliveryPage, Endpoint, Resent } from './types';

const PAGE = 50;
const text = words.webhooks;

/** What one endpoint was told, and what it answered. */
export function Deliveries({ endpoint }: { endpoint: string }) {
  const [state, setState] = useState('');
  const [type, setType] = useState('');
  const [subject, setSubject] = useState('');
  const [before, setBefore] = useState('');
  const [shown, setShown] = useState<string>();
  const [resending, setResending] = useState(false);
  const about = useLoad(() => ask<Endpoint>(`/webhooks/endpoints/${endpoint}`), [endpoint]);
  const filter = { endpoint, limit: String(PAGE), ...(state && { state }), ...(type && { type }), ...(subject.trim() && { subject: subject.trim() }) };
  const page = new URLSearchParams({ ...filter, ...(before && { before }) }).toString();
  const { value, problem, look } = useLoad(() => ask<DeliveryPage>(`/webhooks/deliveries?${page}`), [page], 5_000);
  const choose = (set: (value: string) => void) => (value: string) => {
    set(value);
    setBefore('');
  };
  return (
    <>
      <Title text={text.deliveries}>
        {may('run') && (
          <button type="button" onClick={() => setResending(true)}>
            {text.resendMany}
          </button>
        )}
      </Title>
      <p class="detail">
        <a href="#/webhooks">{words.places.webhooks}</a> · {about.value?.url}
      </p>
      <div class="grid" role="search">
        <Choice label={text.state} value={state} set={choose(setState)} options={[['', words.all], ...Object.entries(text.states)]} />
        <Choice label={text.type} value={type} set={choose(setType)} options={[['', words.all], ...Object.entries(text.types)]} />
        <Field label={text.subject} value={subject} set={choose(setSubject)} hint={text.subjectHint} />
      </div>
      <Trouble text={problem || about.problem} />
      {value?.deliveries.length === 0 && <p>{text.noDeliveries}</p>}
      {!!value?.deliveries.length && (
        <Table label={text.deliveries} head={text.deliveriesHead}>
          {value.deliveries.map((delivery) => (
            <tr key={delivery.id}>
              <th scope="row">{text.types[delivery.type] ?? delivery.type}</th>
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
      <Pages rows={value?.deliveries} page={PAGE} idOf={(delivery) => delivery.id} before={before} go={setBefore} />
      {shown && <Detail id={shown} close={() => (setShown(undefined), void look())} />}
      {resending && <ResendMany endpoint={endpoint} close={() => (setResending(false), void look())} />}
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
