import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { isolate } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Choice } from '../fields';
import { useAction } from '../hooks';
import { Dialog, Trouble } from '../parts';
import { ask, change } from '../session';
import type { NewLink, Person } from '../types';
import { Once } from './Once';
import { ROLES, type PersonRole } from './roles';

/** All that an owner can do with somebody else's account. */
export function ChangePerson({ person, close }: { person: Person; close: () => void }) {
  const [role, setRole] = useState(person.role as PersonRole);
  const [isDisabling, setDisabling] = useState(false);
  const [link, setLink] = useState<string>();
  const { busy, problem, act } = useAction();
  const name = isolate(person.name);
  const path = `/people/${person.id}`;
  const then = async (doing: () => Promise<unknown>): Promise<void> => {
    if (await act(doing)) close();
  };
  const alter = (body: unknown) => () => then(() => ask(path, { method: 'PATCH', body }));
  if (link) {
    return (
      <Dialog title={text.again} close={close} leave={words.done}>
        <p>{text.linkText(name)}</p>
        <Once secret={link} />
      </Dialog>
    );
  }
  if (isDisabling) {
    return (
      <Dialog key="disable" title={text.disableSure(name)} close={close}>
        <Trouble text={problem} />
        <p>{text.disableText}</p>
        <button class="danger" type="button" disabled={busy} onClick={() => void alter({ disabled: true })()}>
          {text.disableNow}
        </button>
      </Dialog>
    );
  }
  return (
    <Dialog title={text.changeOf(name)} close={close}>
      <Trouble text={problem} />
      <div class="fields">
        <Choice label={text.role} value={role} set={setRole} options={ROLES} hint={words.tokens.may[role]} />
        <button type="button" disabled={busy || role === person.role} onClick={() => void alter({ role })()}>
          {text.changeRole}
        </button>
        {person.disabled_at ? (
          <button type="button" disabled={busy} onClick={() => void alter({ disabled: false })()}>
            {text.enable}
          </button>
        ) : (
          <>
            {person.joined_at && <p>{text.againText}</p>}
            <button type="button" disabled={busy} onClick={() => void act(async () => setLink((await change<NewLink>(`${path}/link`)).link))}>
              {text.again}
            </button>
            {(person.link_ends_at || !person.joined_at) && (
              <button type="button" disabled={busy} onClick={() => void then(() => ask(`${path}/link`, { method: 'DELETE' }))}>
                {person.joined_at ? text.withdraw : text.forget}
              </button>
            )}
            <button class="danger" type="button" disabled={busy} onClick={() => setDisabling(true)}>
              {text.disable}
            </button>
          </>
        )}
      </div>
    </Dialog>
  );
}
