import { useLayoutEffect, useRef } from 'preact/hooks';
import { language, number } from '../../i18n/locale';
import { words } from '../../i18n/replay';
import { pointTime } from '../live/axes';
import type { Story } from './story';
import { SPEEDS, type Player } from './usePlayer';

const STEPS = ['backMark', 'backRound', 'nextRound', 'nextMark'] as const;
const SIGNS = { backMark: '|◂', backRound: '◂', nextRound: '▸', nextMark: '▸|' } as const;
/** What has a use of its own for these keys. */
const OWN_USE = 'a, button, input, select, textarea, summary, [tabindex="0"]';

/** What plays the story, by hand and by key. */
export function Controls({ story, player }: { story: Story; player: Player }) {
  const { at, isPlaying, isOver, speed, skips, setSpeed, setSkips, go, toggle, step } = player;
  const slider = useRef<HTMLInputElement>(null);
  const pressed = (event: KeyboardEvent): void => {
    const target = event.target instanceof Element ? event.target : null;
    const isOthers = target?.closest(OWN_USE) && target !== slider.current;
    if (isOthers || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    const isForward = event.key === (language === 'ar' ? 'ArrowLeft' : 'ArrowRight');
    if (event.key === ' ') toggle();
    else if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    else if (isForward) go(event.shiftKey ? step.nextMark : step.nextRound);
    else go(event.shiftKey ? step.backMark : step.backRound);
    event.preventDefault();
  };
  useLayoutEffect(() => {
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });
  return (
    <section class="card player" aria-label={words.player}>
      <output class="moment" aria-live="off">
        {pointTime(at / 1000)}
      </output>
      <input
        ref={slider}
        type="range"
        min={0}
        max={Math.max(1, story.until - story.from)}
        step="any"
        value={at - story.from}
        aria-label={words.moment}
        aria-valuetext={pointTime(at / 1000)}
        onInput={(event) => go(story.from + Number(event.currentTarget.value))}
      />
      <div class="steps">
        {STEPS.slice(0, 2).map((one) => (
          <Step key={one} name={one} player={player} far={story.step} />
        ))}
        <button class="primary" type="button" onClick={toggle}>
          {isPlaying ? words.pause : isOver ? words.playAgain : words.play}
        </button>
        {STEPS.slice(2).map((one) => (
          <Step key={one} name={one} player={player} far={story.step} />
        ))}
      </div>
      <div class="spans" role="group" aria-label={words.speed}>
        {SPEEDS.map((one) => (
          <button key={one} type="button" aria-pressed={one === speed} onClick={() => setSpeed(one)}>
            {words.speeds[one]}
          </button>
        ))}
      </div>
      <label class="check">
        <input type="checkbox" checked={skips} onChange={(event) => setSkips(event.currentTarget.checked)} /> {words.skips}
      </label>
      <small>{words.keys}</small>
    </section>
  );
}

interface StepProps {
  name: (typeof STEPS)[number];
  player: Player;
  /** So many steps of the sale lie between two frames. */
  far: number;
}

function Step({ name, player: { step, go }, far }: StepProps) {
  const to = step[name];
  const isFar = far > 1 && (name === 'backRound' || name === 'nextRound');
  const said = isFar ? words.farSteps[name](number(far)) : words[name];
  // Not `disabled`: whoever steps to the end keeps the focus.
  return (
    <button type="button" aria-disabled={to === undefined} title={said} aria-label={said} onClick={() => go(to)}>
      <span aria-hidden="true">{SIGNS[name]}</span>
    </button>
  );
}
