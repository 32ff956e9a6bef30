import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as people } from '../i18n/people';
import { momentOf, number } from '../i18n/locale';
import { Choice, Field } from './fields';
import { useAction, useLoad } from './hooks';
import { Dialog, Table, Title, Trouble } from './parts';
import { People } from './people/People';
import { ask, change } from './session';
import type { Me, NewToken, Role, Token, TokenList } from './types';

const text = words.tokens;
const DAY_MS = 86_400_000;
const LASTS_DAYS = ['7', '30', '90', '365'] as const;
type Days = (typeof LASTS_DAYS)[number];

/** Who may come in, as what, and for how long: people, and API tokens. */
export function Tokens() {
  const { value, problem, look } = useLoad(() => ask<TokenList>('/tokens'), []);
  const me = useLoad(() => ask<Me>('/me'), []).value;
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token>();
  return (
    <>
      <Title text={words.places.tokens} />
      <People me={me} />
      <div class="title">
        <h2>{people.tokens}</h2>
        <button class="primary" type="button" onClick={() => setMaking(true)}>
          {text.create}
        </button>
      </div>
      <p>{people.tokensText}</p>
      <Trouble text={problem} />
      {value && (
        <Table label={people.tokens} head={text.head}>
          {value.tokens.map((token) => (
            <tr key={token.id}>
              <th scope="row" class="name">
                {token.name}
              </th>
              <td>{words.roles[token.role]}</td>
              <td>{standingOf(token)}</td>
              <td>{momentOf(token.created_at)}</td>
              <td>
                {!token.revoked_at && token.name !== me?.name && (
                  <button type="button" aria-label={text.revokeOf(token.name)} onClick={() => setRevoking(token)}>
                    {text.revoke}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {making && <Make close={() => (setMaking(false), void look())} />}
      {revoking && <Revoke token={revoking} close={() => (setRevoking(undefined), void look())} />}
    </>
  );
}

function standingOf({ expires_at: expires, revoked_at: revoked }: Token): string {
  if (revoked) return text.revoked(momentOf(revoked));
  if (!expires) return text.lastsForever;
  return Date.parse(expires) <= Date.now() ? text.expired(momentOf(expires)) : text.expires(momentOf(expires));
}

function Make({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState<Days>('90');
  const [secret, setSecret] = useState<string>();
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const expires_at = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
    await act(async () => setSecret((await change<NewToken>('/tokens', { name: name.trim(), role, expires_at })).token));
  };
  return (
    <Dialog title={text.create} close={close} leave={secret ? words.done : words.neverMind}>
      <Trouble text={problem} />
      {secret ? (
        <p>
          {text.secret}
          <code class="secret">{secret}</code>
        </p>
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <Field label={text.name} value={name} set={setName} required />
          <Choice label={text.role} value={role} set={setRole} options={Object.entries(words.roles) as [Role, string][]} hint={text.may[role]} />
          <Choice label={text.lasts} value={days} set={setDays} options={LASTS_DAYS.map((days) => [days, text.days(number(Number(days)))] as const)} />
          <button class="primary" type="submit" disabled={busy}>
            {text.createNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}

function Revoke({ token, close }: { token: Token; close: () => void }) {
  const { busy, problem, act } = useAction();
  const revoke = async (): Promise<void> => {
    if (await act(() => ask(`/tokens/${token.id}`, { method: 'DELETE' }))) close();
  };
  return (
    <Dialog title={text.revokeTitle(token.name)} close={close}>
      <Trouble text={problem} />
      <p>{text.revokeText}</p>
      <p>
        <button class="danger" type="button" disabled={busy} onClick={() => void revoke()}>
          {text.revokeNow}
        </button>
      </p>
    </Dialog>
  );
}
