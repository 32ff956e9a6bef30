/** Every text of the hosted check. The other languages have the same shape. */
export const en = {
  title: 'A check first',
  why: (host: string) => `This sale asks its guests to show that they are people. The check is made by ${host}, which your browser connects to. It is asked for once, not for each click.`,
  coming: 'The check is loading …',
  sending: 'One moment: it is being confirmed …',
  away: 'The check cannot be confirmed at the moment. That is not your fault, and you need not do it again: we keep trying.',
  absent: (host: string) => `The check did not load. Something in this browser or network may keep ${host} away: allow it, or use another browser or network.`,
  failed: 'The check does not work in this browser at the moment. Try again, or use another browser.',
  refused: 'The check was not confirmed. Please do it once more.',
  givenUp: 'The check cannot be confirmed at the moment. That is not your fault. Please try again in a few minutes.',
  again: 'Try again',
};
export type Words = typeof en;
