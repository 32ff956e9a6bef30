/** Why nobody was invited, at the field and in the reader's words. */
import { words as text } from '../../i18n/people';
import { Problem } from '../../shared/api';
import { refusedOf, type Refused } from '../refused';
import { ask } from '../session';
import type { PeopleList } from '../types';

/** @throws what is not about a field. */
export async function refusalOf(error: unknown, name: string, email: string): Promise<Refused> {
  if (!(error instanceof Problem)) throw error;
  const named = refusedOf(error.detail);
  if (error.kind === 'invalid' && (named['name'] || named['email'])) {
    return { ...(named['name'] && { name: text.nameWrong }), ...(named['email'] && { email: text.emailWrong }) };
  }
  // The server says that one of the two is taken, and not which: the list tells.
  if (error.kind === 'conflict' && error.detail.startsWith('name, email')) return taken((await ask<PeopleList>('/people')).people, name, email);
  throw error;
}

function taken(people: PeopleList['people'], name: string, email: string): Refused {
  const isNamed = people.some((person) => person.name === name);
  const isAt = people.some((person) => person.email.toLowerCase() === email.toLowerCase());
  return { ...(isAt && { email: text.emailTaken }), ...(isNamed ? { name: text.nameTaken } : !isAt && { name: text.nameOfToken }) };
}
