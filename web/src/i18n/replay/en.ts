/** What was decided of one attempt. */
interface Decided {
  /** How many units of which item; empty where that is not known. */
  units: string;
  /** The item alone; the same. */
  sku: string;
  /** The number of the place on standby; empty where there is none. */
  place: string;
  /** Why; empty where nothing says it. */
  why: string;
}

const because = (why: string): string => why && ` (${why})`;
const of = (units: string): string => units && `: ${units}`;

/** Every text of the replay. The other languages have the same shape. */
export const en = {
  replay: 'Replay',
  replayOf: (name: string) => `Replay: ${name}`,
  backToReport: 'To the report',
  loading: (loaded: string, all: string) => `The record is being read: ${loaded} of ${all} steps …`,
  nothing: 'Nothing is recorded of this sale yet: there is nothing to play.',
  sampled: (rounds: string, step: string) =>
    `The record of this sale has ${rounds} steps. Shown is how it stood after one in ${step} of them; of the decisions, those of these steps.`,
  cleared: (when: string) =>
    `This sale was cleared away on ${when}, and the record of its single steps is forgotten. Shown is its course, which tells of all items together and at longer steps; single decisions are not known any more.`,
  goesOn: (when: string) => `This sale is not over. Shown is what was recorded until ${when}.`,
  again: 'Read it again',
  changing: 'What is recorded of this sale keeps changing. Try again in a while.',
  player: 'Player',
  play: 'Play',
  pause: 'Pause',
  playAgain: 'Play again',
  moment: 'Moment of the sale',
  speed: 'Speed',
  speeds: { '1': '1×', '10': '10×', '60': '60×', whole: 'Whole sale in 30 s' } as Record<string, string>,
  skips: 'Cut quiet stretches to a minute',
  backMark: 'Event before',
  backRound: 'Step before',
  nextRound: 'Next step',
  farSteps: {
    backRound: (steps: string) => `Back by ${steps} steps`,
    nextRound: (steps: string) => `On by ${steps} steps`,
  },
  closer: 'Look closer: every step around this moment',
  close: (from: string, until: string) => `Shown is a stretch of the sale: each of its steps from ${from} to ${until}.`,
  wholeAgain: 'The whole sale again',
  nextMark: 'Next event',
  keys: 'Space plays and pauses, the arrow keys go from step to step, with Shift from event to event.',
  items: 'Stock at this moment',
  attempts: 'Answered so far',
  pace: 'Answered a second, over 10 s',
  waiting: 'On standby',
  inLobby: 'In the lobby',
  soldFor: 'Sold, at its price',
  left: 'Left',
  held: 'Held',
  sold: 'Sold',
  lineIsNotKept: 'How many waited for an answer is measured while a sale runs, and not kept.',
  decisions: 'What was decided last',
  noDecisions: 'Nothing so far.',
  notAll: 'Of a step that decided more, 12 are shown: first who got units, last who got nothing.',
  unitsOf: (units: string, sku: string) => `${units} × ${sku}`,
  standing: (when: string, left: string, held: string, sold: string, waiting: string) => `${when}: ${left} left, ${held} held, ${sold} sold, ${waiting} on standby`,
  over: 'The end of what is recorded.',
  decided: {
    granted: ({ units }: Decided) => `granted ${units}`,
    standby: ({ units, place }: Decided) => `place ${place} on standby${of(units)}`,
    behind: ({ units }: Decided) => `on standby behind everybody else${of(units)}`,
    sold_out: ({ sku }: Decided) => `sold out${of(sku)}`,
    refused: ({ why }: Decided) => `refused${because(why)}`,
    entered: ({ units }: Decided) => `entered the lobby${of(units)}`,
    served: ({ units }: Decided) => `standby served: ${units}`,
    expired: ({ units }: Decided) => `time to pay ran out, free again${of(units)}`,
    cancelled: ({ units, why }: Decided) => `given back${because(why)}${of(units)}`,
    sold: ({ units }: Decided) => `payment accepted, sold${of(units)}`,
    payment_refused: ({ why }: Decided) => `payment came in vain${because(why)}`,
    standby_ended: ({ units, why }: Decided) => `standby ended unserved${because(why)}${of(units)}`,
    paid: ({ units }: Decided) => `money taken, the sale is final${of(units)}`,
  } as Record<string, (what: Decided) => string>,
  why: {
    not_started: 'the sale was not open', sale_ended: 'the sale had ended', sale_stopped: 'the sale was stopped', limit_reached: 'above the limit of a shopper',
    coupon_used_up: 'coupon used up', key_reused: 'key used for another wish', invalid: 'not a valid wish', lobby_closed: 'the lobby was closed', code_used_up: 'access code used up',
    held_back: 'held back, and no place left', series_limit: 'above the limit of the series', shopper: 'by the shopper', payment_failed: 'no try to pay was left',
    capture_failed: 'the money could not be taken', refunded: 'refunded and put back', shop: 'by the shop’s own checkout', replaced: 'entered anew', expired: 'the time to pay had run out',
    cancelled: 'given back before', already_paid: 'paid before', unknown_reservation: 'no such reservation', sold_out: 'everything is paid for',
  } as Record<string, string>,
};
export type Words = typeof en;
