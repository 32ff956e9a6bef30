/** A sale told again: its journal, played back over time. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { momentOf, number } from '../../i18n/locale';
import { words as live } from '../../i18n/live';
import { words } from '../../i18n/replay';
import { useLoad } from '../hooks';
import { pointTime } from '../live/axes';
import { Marks } from '../live/Marks';
import { Badge, Title, Trouble } from '../parts';
import { ask } from '../session';
import { SaleTime } from '../SaleTime';
import { toTheSecondOf } from '../time';
import type { SaleEvent } from '../types';
import { Controls } from './Controls';
import { Course } from './Course';
import { Standing } from './Standing';
import { closeTo, frameAt, paceAt, readStory, type Story, type Stretch } from './story';
import { usePlayer } from './usePlayer';

export function Replay({ event }: { event: string }) {
  const sale = useLoad(() => ask<SaleEvent>(`/events/${event}`), [event]);
  const [loaded, setLoaded] = useState<[number, number]>();
  const [stretch, setStretch] = useState<Stretch>();
  const { value: story, problem, look } = useLoad(() => readStory(event, stretch, (...far) => setLoaded(far)), [event, stretch]);
  const spec = sale.value;
  const isOver = spec?.status === 'ended' || spec?.status === 'stopped';
  return (
    <article class="replay">
      <p class="back">
        <a href={`#/events/${event}${isOver ? '/report' : ''}`}>{isOver ? words.backToReport : live.backToSale}</a>
      </p>
      <Title text={spec ? words.replayOf(spec.name) : words.replay} />
      <Trouble text={sale.problem || problem} />
      {spec && (
        <p>
          <Badge status={spec.status} /> <SaleTime at={spec.opens_at} zone={spec.time_zone} />
        </p>
      )}
      {!story && !problem && loaded && <p role="status">{words.loading(...(loaded.map(number) as [string, string]))}</p>}
      {story && spec && (
        <>
          <Notices story={story} isOver={isOver} again={() => void look()} whole={() => setStretch(undefined)} />
          {story.frames.length > 0 && <Stage key={`${story.stretch?.from} ${story.rounds}`} story={story} look={setStretch} />}
        </>
      )}
    </article>
  );
}

/** What is to be known of what is shown. */
function Notices({ story, isOver, again, whole }: { story: Story; isOver: boolean; again: () => void; whole: () => void }) {
  const last = story.frames.at(-1);
  const { stretch } = story;
  return (
    <>
      {!last && <p class="notice">{words.nothing}</p>}
      {story.clearedAt && <p class="notice">{words.cleared(momentOf(story.clearedAt))}</p>}
      {story.clearedAt && !story.history.is_whole && <p class="notice">{live.notWhole}</p>}
      {!story.clearedAt && story.step > 1 && <p class="notice">{words.sampled(number(story.rounds), number(story.step))}</p>}
      {stretch && (
        <p class="notice">
          {words.close(number(stretch.from + 1), number(stretch.until))}{' '}
          <button type="button" onClick={whole}>
            {words.wholeAgain}
          </button>
        </p>
      )}
      {!isOver && !stretch && (
        <p class="notice">
          {last && words.goesOn(toTheSecondOf(new Date(last.at_ms).toISOString()))}{' '}
          <button type="button" onClick={again}>
            {words.again}
          </button>
        </p>
      )}
    </>
  );
}

function Stage({ story, look }: { story: Story; look: (stretch: Stretch) => void }) {
  const player = usePlayer(story);
  const { at, isPlaying, isOver } = player;
  const times = useMemo(() => story.frames.map(({ at_ms }) => at_ms), [story]);
  const index = frameAt(times, at);
  const frame = story.frames[index];
  const [said, setSaid] = useState('');
  useEffect(() => {
    // Nobody wants to hear every picture of what plays: where it stands still, it is told.
    if (isPlaying || !frame) return undefined;
    const { left_units: left, held_units: held, sold_units: sold, waiting } = frame;
    const standing = words.standing(pointTime(at / 1000), number(left), number(held), number(sold), number(waiting));
    const timer = setTimeout(() => setSaid(isOver ? `${standing}. ${words.over}` : standing), 300);
    return () => clearTimeout(timer);
  }, [at, isPlaying, isOver, frame]);
  return (
    <>
      <Controls story={story} player={player} />
      <p class="hidden-but-read" role="status">
        {said}
      </p>
      {story.step > 1 && frame && (
        <p>
          <button type="button" onClick={() => look(closeTo(frame.seq, story.rounds))}>
            {words.closer}
          </button>
        </p>
      )}
      <Marks marks={story.marks} />
      <Standing story={story} index={index} pace={paceAt(story.frames, times, at)} />
      <h2>{live.course}</h2>
      <Course story={story} shownAt={at} />
    </>
  );
}
