/** Every text of signing in by e-mail. The other languages have the same shape. */
export const en = {
  title: 'Sign in to buy',
  why: 'This sale is for shoppers who have confirmed an e-mail address. With it you find your place and your orders on any device.',
  address: 'E-mail address',
  addressWrong: 'Give an address like anna@example.org.',
  send: 'Send me a code',
  privacy: 'The address is used to send this code, and to know you again. We do not store it in a readable form.',
  codeTitle: 'Enter the code',
  sentTo: (email: string) => `A code of six digits goes to ${email}. It is good once, for ten minutes.`,
  patience: (n: string) => `It may take a minute; look among the junk, too. No more than ${n} go to one address within an hour: after that, the latest is the one that counts.`,
  code: 'Code',
  codeWrong: 'This code is not valid, or no longer. Only the latest is, and after five wrong ones you need another.',
  codeIncomplete: 'A code has six digits.',
  confirm: 'Sign in',
  again: 'Send another code',
  sentAgain: 'You have asked for another code. It is on its way, unless too many went to this address within the hour. Only the latest is good.',
  againIn: (s: string) => `Send another code (in ${s} s)`,
  otherAddress: 'Use another address',
  holds: 'In this browser you hold a place or a reservation in another sale without having signed in, and it cannot be moved. Finish it first, or sign in now: it stays with this browser’s session so far, and this page no longer shows it.',
  tooMany: 'Too many codes were asked for. Wait a few minutes, then try again.',
  notNow: 'That did not work at the moment. Try again.',
};
export type Words = typeof en;
