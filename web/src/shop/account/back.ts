/**
 * Who comes back from the page of their account, to `/sign-in`: with a code, which the door exchanges for a session, or with an error. The
 * address is left at once; `state` says from which sale they came, and nothing else of it leads anywhere.
 */
import { words } from '../../i18n/account';
import { Problem } from '../../shared/api';
import { become, leavesSomething, type Arrival } from '../arrival';
import { isEvent } from '../router';
import { sessionAt } from '../session';
import type { AccountConfirmation } from '../types';

export async function comeBack(): Promise<Arrival | undefined> {
  const said = new URLSearchParams(location.search);
  const [state, code, error] = ['state', 'code', 'error'].map((name) => said.get(name) ?? '') as [string, string, string];
  const [event = ''] = state.split('.');
  history.replaceState(null, '', isEvent(event) ? `/sales/${event}` : '/');
  if (error) return { what: 'failed', text: error === 'access_denied' ? words.denied : words.failed };
  return code ? confirm({ state, code }) : undefined;
}

async function confirm(body: AccountConfirmation): Promise<Arrival | undefined> {
  try {
    const session = { ...(await sessionAt('/api/v1/sessions/account/confirm', { body })), account: true };
    if (await leavesSomething(session)) return { what: 'holds', text: words.holds, session };
    await become(session);
    return undefined;
  } catch (error) {
    const problem = Problem.of(error);
    return problem.isPassing ? { what: 'failed', text: words.later, again: () => confirm(body) } : { what: 'failed', text: said(problem) };
  }
}

function said({ kind }: Problem): string {
  if (kind === 'sign_in_unknown') return words.unknown;
  if (kind === 'sign_in_refused') return words.refused;
  if (kind === 'account_invalid') return words.invalid;
  if (kind === 'no_accounts') return words.notHere;
  return kind === 'too_many_guesses' ? words.tooMany : words.failed;
}
