/** Every text of signing in with an account. The other languages have the same shape. */
export const en = {
  title: 'Sign in to buy',
  why: 'This sale is for shoppers with an account. With it you find your place and your orders on any device.',
  whyNotMail: 'You have signed in with an e-mail address, which this sale does not take: it is for shoppers with an account. Sign in with yours.',
  or: 'Or with your account',
  go: 'Sign in with your account',
  leads: 'You sign in at the account’s own page, and come back here.',
  notHere: 'Nobody can sign in with an account here at the moment.',
  away: 'The page where you sign in cannot be reached at the moment. Try again.',
  tooMany: 'Too many sign-ins were tried. Wait a minute, then try again.',
  notNow: 'That did not work at the moment. Try again.',
  denied: 'You are not signed in: you have cancelled it. You can sign in whenever you like.',
  failed: 'You are not signed in: the page where you sign in reports an error. Try again.',
  unknown: 'You are not signed in: this sign-in was not begun in this browser, or took too long. Begin again here.',
  refused: 'You are not signed in: this sign-in was used before, or took too long. Begin again here.',
  invalid: 'You are not signed in: what came back about your account cannot be trusted. Begin again; if it stays like this, tell the organiser.',
  later: 'You are not signed in yet: your account cannot be checked at the moment.',
  holds: 'In this browser you hold a place or a reservation without your account, and it cannot be moved. Finish it first, or sign in now: it stays with this browser’s session so far, and this page no longer shows it.',
};
export type Words = typeof en;
