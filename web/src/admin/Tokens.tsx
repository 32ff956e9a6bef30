import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as people } from '../i18n/people';
import { momentOf } from '../i18n/locale';
import { useAction, useLoad } from './hooks';
import { Dialog, Table, Title, Trouble } from './parts';
import { MakeToken } from './people/MakeToken';
import { People } from './people/People';
import { narrowerOf } from './people/roles';
import { ask } from './session';
import type { Me, Token, TokenList } from './types';

const text = words.tokens;

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
              <td>
                {words.roles[token.role]}
                {narrowerOf(token) && <small>{narrowerOf(token)}</small>}
              </td>
              <td>{standingOf(token)}</td>
              <td>
                {momentOf(token.created_at)}
                {token.made_by && <small>{people.madeBy(token.made_by)}</small>}
              </td>
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
      {making && <MakeToken close={() => (setMaking(false), void look())} />}
      {revoking && <Revoke token={revoking} close={() => (setRevoking(undefined), void look())} />}
    </>
  );
}

function standingOf({ expires_at: expires, revoked_at: revoked }: Token): string {
  if (revoked) return text.revoked(momentOf(revoked));
  if (!expires) return text.lastsForever;
  return Date.parse(expires) <= Date.now() ? text.expired(momentOf(expires)) : text.expires(momentOf(expires));
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
