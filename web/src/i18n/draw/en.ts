/** Every text about a draw and its check, but what is said to everybody. The other languages have the same shape. */
export const en = {
  how: (when: string) => `Entries that are in the lobby until ${when} are decided at the opening in an order that is drawn by lot: being early or fast is of no use. Whoever comes later is decided after all of them.`,
  limits: 'The order follows from a secret whose fingerprint was published before the first entry (this page keeps it with an entry), and from all entries. So it cannot be chosen afterwards, and anybody can check it. There is no randomness from outside: whoever runs the shop knows the secret, and can add entries until the order suits them.',
  beacon: (round: string, when: string) => `The order follows from a secret whose fingerprint was published before the first entry (this page keeps it with an entry), from all entries, and from round ${round} of drand, a public randomness beacon. That comes after the entries are published (${when}), and nobody knows it before: so not even whoever runs the shop can choose the order, and anybody can check it.`,
  published: 'What is published of the draw',
  check: 'Check the draw',
  unpublished: 'The entries are not published yet.',
  never: 'The sale was stopped before its entries were published: there was no draw, and there is nothing to check.',
  unread: 'What is published of the draw could not be read. Try again.',
  wrong: 'What is published of the draw does not fit together. Tell the organiser.',
  withoutYou: 'This click was not in the lobby: it came after the opening.',
  drawnAs: (rank: string, of: string) => `You were drawn as number ${rank} of ${of}. This browser has computed that from the published entries.`,
  beaconUnchecked: 'Who signed the randomness of the beacon was not checked here.',
  own: 'For a check of your own',
  entry: 'Your entry’s id. Keep it to yourself until the draw: nobody else knows it.',
  fingerprint: 'Fingerprint of the secret, as this browser kept it before the lobby closed',
  notKept: 'This browser has no fingerprint from before the lobby closed. The check goes by the one that is published, which shows less.',
  copy: 'Copy',
  copied: 'Copied',
};
export type Words = typeof en;
