/** Why something did not work, in the reader's words: by the stable type of a problem, and not by its English sentence. */
import { words } from '../i18n/admin';
import { isolate, locale } from '../i18n/locale';
import { Problem } from '../shared/api';
import { isPerson } from './session';

/** Which value, which state, and what would be taken instead: only the server's sentence tells. */
const TOLD_BY_DETAIL = ['invalid', 'conflict', 'too_large', 'unsupported_media_type'];

export function why(error: unknown): string {
  if (!(error instanceof Problem)) return error instanceof Error ? error.message : String(error);
  const { kind, detail } = error;
  const said = words.problems;
  if (kind === 'offline') return said.offline;
  if (kind === 'forbidden') return forbidden(detail);
  if (TOLD_BY_DETAIL.includes(kind) && detail) return said.refused(isolate(detail));
  return said.kinds[kind] ?? (detail || said.other);
}

/** The server names the roles: `your role is viewer; it takes manager or owner`. */
function forbidden(detail: string): string {
  const [, is, takes] = /role is (\w+); it takes ([\w ]+)$/.exec(detail) ?? [];
  if (is === undefined || takes === undefined) return words.problems.forbiddenOther(isolate(detail));
  const roles = new Intl.ListFormat(locale, { type: 'disjunction' }).format(takes.split(' or ').map(roleOf));
  return (isPerson() ? words.problems.forbidden : words.problems.tokenForbidden)(roleOf(is), roles);
}

const roleOf = (word: string): string => words.roles[word as keyof typeof words.roles] ?? word;
