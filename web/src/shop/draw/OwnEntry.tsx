import { useEffect, useState } from 'preact/hooks';
import { words as texts } from '../../i18n/draw';
import { number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { checkDraw, isPublished, type Checked } from './check';

type Outcome = Checked | 'checking' | 'not published' | 'failed';

export interface OwnEntryProps {
  event: string;
  entryId: string;
  /** As it was told before the lobby closed, where this browser has kept it. */
  commitment: string | undefined;
  /** Whether it is decided: then there is something to check. */
  isDecided: boolean;
  /** In a sale that was stopped, maybe before there was a draw. */
  isStopped: boolean;
}

/** An entry, as its shopper needs to know it for a check of the draw; and the check, done in this browser. */
export function OwnEntry({ event, entryId, commitment, isDecided, isStopped }: OwnEntryProps) {
  return (
    <section class="draw">
      {isDecided && <Check event={event} entryId={entryId} commitment={commitment} isStopped={isStopped} />}
      <details class="soft">
        <summary>{texts.own}</summary>
        <Named name={texts.entry} value={entryId} />
        {commitment ? <Named name={texts.fingerprint} value={commitment} /> : <p>{texts.notKept}</p>}
      </details>
    </section>
  );
}

function Check({ event, entryId, commitment, isStopped }: Omit<OwnEntryProps, 'isDecided'>) {
  const [outcome, setOutcome] = useState<Outcome>();
  const [isCalledOff, setCalledOff] = useState<boolean>();
  useEffect(() => {
    if (isStopped) isPublished(event).then((is) => setCalledOff(!is), () => setCalledOff(false));
  }, [event, isStopped]);
  if (isStopped && isCalledOff === undefined) return null;
  if (isCalledOff) return <p class="soft">{texts.never}</p>;
  // Browsers have what it takes on https, and on this machine.
  if (!globalThis.crypto?.subtle) return null;
  const check = async (): Promise<void> => {
    setOutcome('checking');
    try {
      setOutcome((await checkDraw(event, entryId, commitment)) ?? 'not published');
    } catch {
      setOutcome('failed');
    }
  };
  return (
    <div data-draw={outcome && typeof outcome === 'object' ? outcome.rank : undefined}>
      <button type="button" disabled={outcome === 'checking'} onClick={() => void check()}>
        {texts.check}
      </button>
      <p role="status">{outcome && said(outcome)}</p>
    </div>
  );
}

function said(outcome: Outcome): string {
  if (outcome === 'checking') return words.oneMoment;
  if (outcome === 'not published') return texts.unpublished;
  if (outcome === 'failed') return texts.unread;
  const { holds, rank, entries, hasBeacon } = outcome;
  if (!holds) return texts.wrong;
  if (rank === undefined) return texts.withoutYou;
  const drawn = texts.drawnAs(number(rank), number(entries));
  return hasBeacon ? `${drawn} ${texts.beaconUnchecked}` : drawn;
}

/** Digits to take along, by hand or with a button where the browser lets a page copy. */
function Named({ name, value }: { name: string; value: string }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <p>
      {name}
      <br />
      <code dir="ltr">{value}</code>{' '}
      {navigator.clipboard && (
        <button type="button" aria-label={`${texts.copy}: ${name}`} onClick={() => void navigator.clipboard.writeText(value).then(() => setCopied(true), () => {})}>
          {isCopied ? texts.copied : texts.copy}
        </button>
      )}
    </p>
  );
}
