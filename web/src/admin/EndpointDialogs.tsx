import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { Choice, Field } from './fields';
import { useAction } from './hooks';
import { Dialog, Trouble } from './parts';
import { alter, ask, change } from './session';
import type { Endpoint, NewEndpoint, NewSecretAnswer, NoticeType } from './types';

const text = words.webhooks;
const TYPES = Object.keys(text.types).filter((type) => type !== 'endpoint.test') as NoticeType[];

const Secret = ({ secret }: { secret: string }) => (
  <p>
    {text.secret}
    <code class="secret">{secret}</code>
  </p>
);

/** A new endpoint, or another address and other types of one that there is. */
export function EndpointDialog({ endpoint, close }: { endpoint?: Endpoint; close: () => void }) {
  const [url, setUrl] = useState(endpoint?.url ?? 'https://');
  const [types, setTypes] = useState<NoticeType[]>((endpoint?.types as NoticeType[] | undefined) ?? TYPES);
  const [secret, setSecret] = useState<string>();
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const spec = { url: url.trim(), types };
    const done = await act(async () => {
      if (endpoint) await alter(`/webhooks/endpoints/${endpoint.id}`, spec, endpoint.version);
      else setSecret((await change<NewEndpoint>('/webhooks/endpoints', spec)).secret);
    });
    if (done && endpoint) close();
  };
  const choose = (type: NoticeType, on: boolean): void => setTypes(TYPES.filter((one) => (one === type ? on : types.includes(one))));
  return (
    <Dialog title={endpoint ? text.editTitle : text.create} close={close} leave={secret ? words.done : words.neverMind}>
      <Trouble text={problem} />
      {secret ? (
        <Secret secret={secret} />
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <Field label={text.url} value={url} set={setUrl} required hint={text.urlHint} />
          <fieldset>
            <legend>{text.told}</legend>
            {TYPES.map((type) => (
              <label key={type} class="check">
                <input type="checkbox" checked={types.includes(type)} onChange={(change) => choose(type, change.currentTarget.checked)} />{' '}
                {text.types[type]} <code>{type}</code>
              </label>
            ))}
          </fieldset>
          <button class="primary" type="submit" disabled={busy || types.length === 0}>
            {endpoint ? text.save : text.createNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}

const OVERLAP_HOURS = ['0', '1', '24', '168'] as const;

export function NewSecret({ endpoint, close }: { endpoint: Endpoint; close: () => void }) {
  const [hours, setHours] = useState<(typeof OVERLAP_HOURS)[number]>('24');
  const [secret, setSecret] = useState<string>();
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const wish = { overlap_seconds: Number(hours) * 3600 };
    await act(async () => setSecret((await change<NewSecretAnswer>(`/webhooks/endpoints/${endpoint.id}/rotate`, wish)).secret));
  };
  return (
    <Dialog title={text.newSecretTitle} close={close} leave={secret ? words.done : words.neverMind}>
      <Trouble text={problem} />
      {secret ? (
        <Secret secret={secret} />
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <p>{text.newSecretText}</p>
          <Choice label={text.overlap} value={hours} set={setHours} options={OVERLAP_HOURS.map((n) => [n, text.hours(number(Number(n)))] as const)} />
          <button class="primary" type="submit" disabled={busy}>
            {text.newSecretNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}

export function Remove({ endpoint, close }: { endpoint: Endpoint; close: () => void }) {
  const { busy, problem, act } = useAction();
  const remove = async (): Promise<void> => {
    if (await act(() => ask(`/webhooks/endpoints/${endpoint.id}`, { method: 'DELETE' }))) close();
  };
  return (
    <Dialog title={text.removeTitle} close={close}>
      <Trouble text={problem} />
      <p class="detail">{text.removeText(endpoint.url)}</p>
      <p>
        <button class="danger" type="button" disabled={busy} onClick={() => void remove()}>
          {text.removeNow}
        </button>
      </p>
    </Dialog>
  );
}
