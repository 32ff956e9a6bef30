/** Every text of the pages of orders. The other languages have the same shape. */
export const en = {
  none: 'No order yet. A payment that is under way stands here once it is done.',
  thisBrowser: 'You are not signed in: these are the orders that were made in this browser.',
  noSuchOrder: 'There is no such order of yours',
  noSuchOrderText: 'It may be somebody else’s. If it is yours, open it in the browser that you bought in, or sign in there as who bought it.',
  bought: 'What was bought',
  paidAt: (t: string) => `Paid on ${t}`,
  madeAt: (t: string) => `Made on ${t}`,
  seller: 'Sold by',
  refunds: 'What goes back',
  collect: 'To collect it',
  collectText: 'The code holds the number of the order, and nothing else. It shows which order it is, not whose: whoever hands it over may ask for more.',
  codeOf: (n: string) => `Code with the order number ${n}`,
  print: 'Print',
  onItsWay: (sum: string, t: string) => `${sum} are on their way back, asked for on ${t}.`,
  wentBack: (sum: string) => `${sum} went back to you.`,
  wentBackAt: (sum: string, t: string) => `${sum} went back to you on ${t}.`,
  cameBack: (sum: string, t: string) => `${sum} went back, and came back to the shop on ${t}: they did not arrive.`,
  refundFailed: (sum: string) => `A refund of ${sum} did not work: nothing went back by it. The shop can see that.`,
  refundUnknown: (sum: string) => `A refund of ${sum} was begun; the shop has yet to find out what became of it.`,
};
export type Words = typeof en;
