/** Recovery codes are shown once: here, and by whoever has reloaded the page meanwhile they are gone. */
import { useEffect } from 'preact/hooks';
import { words as text } from '../../i18n/people';
import { Title } from '../parts';
import { isIn } from '../presence';
import { Once } from './Once';

/** Stands in this tab from when codes are shown until somebody says that they have kept them. */
const SHOWN = 'flashline.codes-shown';

export interface NewCodes {
  /** Whose they are. */
  name: string;
  codes: string[];
}

export function Codes({ name, codes, done }: NewCodes & { done: () => void }) {
  useEffect(() => {
    mark(true);
    addEventListener('beforeunload', askBefore);
    return () => removeEventListener('beforeunload', askBefore);
  }, []);
  const goOn = (): void => {
    mark(false);
    removeEventListener('beforeunload', askBefore);
    done();
  };
  return (
    <section class="card narrow fields">
      <Title text={text.recovery} />
      <p>{text.recoveryText}</p>
      <Once secret={codes.join('\n')} file={{ name: 'flashline-recovery-codes.txt', head: text.codesFile(name, location.host) }} />
      <button class="primary" type="button" onClick={goOn}>
        {text.goOn}
      </button>
    </section>
  );
}

/** The page to join by, without a link: it was reloaded. */
export function LinkGone() {
  const isJoined = isIn() && wereShown();
  return (
    <section class="card narrow fields">
      <Title text={isJoined ? text.recovery : text.join} />
      <p class="notice" role="alert">
        {isJoined ? text.codesGone : text.openAgain}
      </p>
      <a href="#/" onClick={() => mark(false)}>
        {text.toConsole}
      </a>
    </section>
  );
}

const askBefore = (event: BeforeUnloadEvent): void => event.preventDefault();

function mark(areShown: boolean): void {
  try {
    if (areShown) sessionStorage.setItem(SHOWN, 'yes');
    else sessionStorage.removeItem(SHOWN);
  } catch {
    // Storage is blocked: a reload then says only that the link must be opened again.
  }
}

function wereShown(): boolean {
  try {
    return sessionStorage.getItem(SHOWN) !== null;
  } catch {
    return false;
  }
}
