/** How the sale stood at the moment that is shown, and what was decided last. */
import { words as admin } from '../../i18n/admin';
import { isolate, money, number } from '../../i18n/locale';
import { words } from '../../i18n/replay';
import { Stock } from '../live/Stock';
import { TileList } from '../parts';
import { toTheSecondOf } from '../time';
import type { Decision, Frame } from '../types';
import type { Story } from './story';

const LISTED = 12;

export function Standing({ story, index, pace }: { story: Story; index: number; pace: number }) {
  const frame = story.frames[index];
  if (!frame) return null;
  const isWithLobby = story.frames.some(({ entered }) => entered > 0);
  const tiles: [string, string][] = [
    [words.left, number(frame.left_units)],
    [words.held, number(frame.held_units)],
    [words.sold, number(frame.sold_units)],
    [words.soldFor, money(frame.sold_minor, story.currency)],
    [words.attempts, number(frame.attempts.served)],
    [words.pace, number(Math.round(pace * 10) / 10)],
    [words.waiting, number(frame.waiting)],
    ...(isWithLobby ? [[words.inLobby, number(frame.entered)] satisfies [string, string]] : []),
    [admin.live.reserved, number(frame.attempts.reserved)],
    [admin.live.fromStandby, number(frame.attempts.granted_from_standby)],
    [admin.live.expired, number(frame.attempts.expired)],
    [admin.live.soldOut, number(frame.attempts.sold_out)],
  ];
  // What the sale might sell at that moment, not what its rules say today.
  const items = frame.items.map((item) => ({ ...item, allocation: item.allocated ?? item.allocation }));
  return (
    <>
      <TileList tiles={tiles} />
      <p>
        <small>{words.lineIsNotKept}</small>
      </p>
      {items.length > 0 && (
        <>
          <h2>{words.items}</h2>
          <Stock figures={{ items, currency: story.currency }} />
        </>
      )}
      {story.source === 'journal' && <Decisions frames={story.frames} index={index} />}
    </>
  );
}

function Decisions({ frames, index }: { frames: Frame[]; index: number }) {
  const listed = lastOf(frames, index);
  return (
    <section class="card">
      <h2>{words.decisions}</h2>
      {listed.length === 0 && <p>{words.noDecisions}</p>}
      <ol class="decisions">
        {listed.map(({ at, seq, place, decision }) => (
          <li key={`${seq} ${place}`} class={decision.what}>
            <time dateTime={at}>{toTheSecondOf(at)}</time> <span>{said(decision)}</span> <Whose decision={decision} />
          </li>
        ))}
      </ol>
      {frames.some(({ decided, decisions }) => decided > decisions.length) && <small>{words.notAll}</small>}
    </section>
  );
}

/** What may have an order: units were given for it. */
const WITH_ORDER = ['granted', 'served', 'sold', 'paid', 'expired', 'cancelled'];

/** Which it was: the way to its order, where there may be one. */
function Whose({ decision: { what, attempt_id: id } }: { decision: Decision }) {
  return WITH_ORDER.includes(what) ? (
    <a class="id" href={`#/orders?q=${id}`}>
      {id}
    </a>
  ) : (
    <span class="id">{id}</span>
  );
}

/** The last decisions by then, the latest step first; of each step in the order in which they are told. */
function lastOf(frames: Frame[], index: number) {
  const listed: { at: string; seq: number; place: number; decision: Decision }[] = [];
  for (let of = index; of >= 0 && listed.length < LISTED; of -= 1) {
    const frame = frames[of];
    if (!frame) break;
    const at = new Date(frame.at_ms).toISOString();
    listed.push(...frame.decisions.map((decision, place) => ({ at, seq: frame.seq, place, decision })));
  }
  return listed.slice(0, LISTED);
}

function said({ what, sku, units, place, why }: Decision): string {
  const item = sku ? isolate(sku) : '';
  const told = {
    sku: item,
    units: item && units !== undefined ? words.unitsOf(number(units), item) : '',
    place: place === undefined ? '' : number(place + 1), // they are counted from zero on
    why: why ? (words.why[why] ?? why) : '',
  };
  return words.decided[what]?.(told) ?? what;
}
