/** Why one's own account was not changed, in the reader's language. */
import { exactly } from '../../i18n/locale';
import { words as text } from '../../i18n/people';
import { Problem } from '../../shared/api';

export const refusedHere = (error: unknown): never => {
  if (!(error instanceof Problem)) throw error;
  if (error.kind === 'credentials_wrong') throw new Error(text.wrongOwn);
  if (error.kind === 'too_many_guesses') throw new Error(text.tooMany);
  if (error.kind === 'rate_limited' && error.retryAfterMs) throw new Error(text.tooOften(exactly(error.retryAfterMs)));
  if (error.kind === 'conflict') throw new Error(text.changedMeanwhile);
  if (error.kind === 'invalid' && error.detail.startsWith('new_code')) throw new Error(text.codeWrong);
  throw error;
};
