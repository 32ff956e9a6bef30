/** Who has an account, as what, and since when. */
import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { isolate, momentOf, number } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { useLoad } from '../hooks';
import { Table, Trouble } from '../parts';
import { ask } from '../session';
import type { Me, PeopleList, Person } from '../types';
import { ChangePerson } from './ChangePerson';
import { Invite } from './Invite';

export function People({ me }: { me: Me | undefined }) {
  const { value, problem, look } = useLoad(() => ask<PeopleList>('/people'), []);
  const [inviting, setInviting] = useState(false);
  const [changing, setChanging] = useState<Person>();
  return (
    <section>
      <div class="title">
        <h2>{text.people}</h2>
        <button class="primary" type="button" onClick={() => setInviting(true)}>
          {text.invite}
        </button>
      </div>
      <Trouble text={problem} />
      {value?.people.length === 0 && <p>{text.none}</p>}
      {value && value.people.length > 0 && (
        <Table label={text.people} head={text.head} cards>
          {value.people.map((person) => (
            <tr key={person.id}>
              <th scope="row" class="name">
                <bdi>{person.name}</bdi>
              </th>
              <td>
                <bdi>{person.email}</bdi>
              </td>
              <td>{words.roles[person.role]}</td>
              <td class="standing">
                {standingOf(person)}
                <CodesLeft person={person} />
              </td>
              <td>
                {person.id === me?.person?.id ? (
                  text.you
                ) : (
                  <button type="button" aria-label={text.changeOf(isolate(person.name))} onClick={() => setChanging(person)}>
                    {text.change}
                  </button>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
      {inviting && <Invite close={() => (setInviting(false), void look())} />}
      {changing && <ChangePerson person={changing} close={() => (setChanging(undefined), void look())} />}
    </section>
  );
}

/** So few that whoever has them should be given new ones. */
const FEW = 2;

function CodesLeft({ person }: { person: Person }) {
  if (!person.joined_at || person.disabled_at) return null;
  const left = text.codesLeft(number(person.recovery_codes));
  return person.recovery_codes > FEW ? <small>{left}</small> : <small class="bad">{`${left}. ${text.codesLow}`}</small>;
}

function standingOf({ joined_at: joined, link_ends_at: link, disabled_at: disabled }: Person): string {
  if (disabled) return text.disabled(momentOf(disabled));
  if (!joined) return link ? text.link(momentOf(link)) : text.linkOver;
  return [text.joined(momentOf(joined)), link && text.newLink(momentOf(link))].filter(Boolean).join('; ');
}
