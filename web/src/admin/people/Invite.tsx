import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { isolate } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Choice, Field } from '../fields';
import { useAction } from '../hooks';
import { Dialog, Trouble } from '../parts';
import type { Refused } from '../refused';
import { change } from '../session';
import type { InvitedPerson } from '../types';
import { Once } from './Once';
import { refusalOf } from './refusals';
import { ROLES, type PersonRole } from './roles';

export function Invite({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<PersonRole>('viewer');
  const [link, setLink] = useState<string>();
  const [refused, setRefused] = useState<Refused>({});
  const { busy, problem, act } = useAction();
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setRefused({});
    await act(async () => {
      try {
        setLink((await change<InvitedPerson>('/people', { name: name.trim(), email: email.trim(), role })).link);
      } catch (error) {
        setRefused(await refusalOf(error, name.trim(), email.trim()));
        throw new Error(text.notInvited);
      }
    });
  };
  return (
    <Dialog title={text.invite} close={close} leave={link ? words.done : words.neverMind}>
      <Trouble text={problem} />
      {link ? (
        <>
          <p>{text.linkText(isolate(name.trim()))}</p>
          <Once secret={link} />
        </>
      ) : (
        <form class="fields" onSubmit={(event) => void submit(event)}>
          <Field label={text.name} value={name} set={setName} refused={refused['name']} required />
          <Field label={text.email} value={email} set={setEmail} refused={refused['email']} required />
          <Choice label={text.role} value={role} set={setRole} options={ROLES} hint={words.tokens.may[role]} />
          <button class="primary" type="submit" disabled={busy}>
            {text.inviteNow}
          </button>
        </form>
      )}
    </Dialog>
  );
}
