/** The hosted check: the provider's widget, and what becomes of its token. What is not the shopper's fault is not told as theirs. */
import { useEffect, useReducer, useRef, useState } from 'preact/hooks';
import { words } from '../../i18n/check';
import { isolate } from '../../i18n/locale';
import { Problem } from '../../shared/api';
import { within } from '../jitter';
import { pass } from '../session';
import type { HostedCheck } from '../types';
import { show, type Widget } from './widget';

/** What is said of it: while something is under way, and when it has ended without success. */
type UnderWay = 'coming' | 'shown' | 'sending' | 'away';
type Ended = 'absent' | 'failed' | 'refused' | 'givenUp';

/** Tries to have a token confirmed while nobody can, and the time between them, beside what the server asks for. */
const TRIES_MAX = 5;
const AGAIN = { fromMs: 500, toMs: 2_000 };

export function Check({ offer }: { offer: HostedCheck }) {
  const place = useRef<HTMLDivElement>(null);
  const [stage, turn] = useState<UnderWay | Ended>('coming');
  const [round, again] = useReducer((count: number) => count + 1, 0);
  const host = new URL(offer.script_url).host;

  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let widget: Widget | undefined;
    const confirm = async (token: string, tries = 1): Promise<void> => {
      clearTimeout(timer);
      if (isGone) return;
      turn(tries === 1 ? 'sending' : 'away');
      const wasHere = place.current?.contains(document.activeElement);
      try {
        await pass(token);
        // The widget goes, and the focus must not go with it.
        if (wasHere) document.getElementById('panel')?.focus();
      } catch (error) {
        if (isGone) return;
        const problem = Problem.of(error);
        if (problem.isPassing && tries < TRIES_MAX) {
          turn('away');
          timer = setTimeout(() => void confirm(token, tries + 1), (problem.retryAfterMs ?? 0) + within(AGAIN));
        } else if (problem.isPassing || problem.kind === 'too_many_guesses') {
          turn('givenUp');
        } else {
          turn('refused');
          widget?.reset();
        }
      }
    };
    const heard = { token: (token: string) => void confirm(token), failed: () => (isGone ? undefined : turn('failed')) };
    turn('coming');
    if (place.current)
      show(offer, place.current, heard).then(
        (shown) => {
          widget = shown;
          if (isGone) widget.remove();
          else turn('shown');
        },
        () => (isGone ? undefined : turn('absent')),
      );
    return () => {
      isGone = true;
      clearTimeout(timer);
      widget?.remove();
    };
  }, [offer.script_url, offer.site_key, round]);

  const ended = { absent: words.absent(isolate(host)), failed: words.failed, refused: words.refused, givenUp: words.givenUp };
  return (
    <section class="check-first" aria-labelledby="check-title">
      <h2 id="check-title">{words.title}</h2>
      <p class="soft">{words.why(isolate(host))}</p>
      <div ref={place} class={stage === 'absent' ? undefined : 'widget'} />
      <p class={stage === 'away' ? 'notice' : 'soft'} role="status">
        {stage === 'coming' || stage === 'sending' || stage === 'away' ? words[stage] : ''}
      </p>
      {stage in ended && (
        <div class="notice bad" role="alert">
          <p>{ended[stage as Ended]}</p>
          {stage !== 'refused' && (
            <button type="button" onClick={() => again(0)}>
              {words.again}
            </button>
          )}
        </div>
      )}
    </section>
  );
}
