/** Every text of being told while the page is closed. The other languages have the same shape. */
export const en = {
  what: (hasLobby: boolean) => `You are told when this sale opens soon, ${hasLobby ? 'that your entry in the lobby was taken, ' : ''}when it is your turn after waiting, when your time to pay runs out, and of your order and its refund.`,
  browser: 'In this browser',
  browserHow: 'Also when this page is closed. Your browser asks you first.',
  browserNot: 'This browser cannot be told while the page is closed.',
  browserDenied: 'Your browser does not allow notifications of this site. You can change that in its settings.',
  browserFailed: 'Your browser could not be signed up. Try again.',
  mail: 'By mail',
  mailOn: 'You are told by mail, at the address that you have signed in with. Each mail has a link that ends it.',
  mailOff: 'No more mail',
  mailAddress: 'The address that you have signed in with',
  mailSend: 'Tell me by mail',
  mailPrivacy: 'It is stored encrypted, for this sale only, and deleted a week after everything is settled.',
  mailSignIn: 'Mail goes only to addresses that were confirmed: sign in by e-mail first.',
  mailBefore: 'Mail goes only to addresses that were confirmed: for that, sign in by e-mail before you take part.',
  signIn: 'Sign in by e-mail',
  mailNotYours: 'That is not the address that you have signed in with.',
  addressWrong: 'Give an address like anna@example.org.',
  nothing: 'Nobody is told of this sale while the page is closed.',
  failed: 'That did not work at the moment. Try again.',
};
export type Words = typeof en;
