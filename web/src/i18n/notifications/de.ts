import type { Words } from './en';

export const de: Words = {
  what: (hasLobby) => `Sie erfahren, wenn der Verkauf bald beginnt, ${hasLobby ? 'dass Ihre Teilnahme in der Lobby eingetragen ist, ' : ''}wenn Sie nach dem Warten an der Reihe sind, wenn Ihre Zeit zum Bezahlen abläuft, und von Ihrer Bestellung und ihrer Erstattung.`,
  browser: 'In diesem Browser',
  browserHow: 'Auch wenn diese Seite geschlossen ist. Ihr Browser fragt Sie zuerst.',
  browserNot: 'Dieser Browser kann nichts melden, während die Seite geschlossen ist.',
  browserDenied: 'Ihr Browser erlaubt dieser Website keine Mitteilungen. Das können Sie in seinen Einstellungen ändern.',
  browserFailed: 'Ihr Browser konnte nicht angemeldet werden. Versuchen Sie es noch einmal.',
  mail: 'Per E-Mail',
  mailOn: 'Sie erfahren es per E-Mail, an die Adresse, mit der Sie angemeldet sind. Jede Mail hat einen Link, der das beendet.',
  mailOff: 'Keine Mails mehr',
  mailAddress: 'Die Adresse, mit der Sie angemeldet sind',
  mailSend: 'Per E-Mail Bescheid geben',
  mailPrivacy: 'Sie wird verschlüsselt gespeichert, nur für diesen Verkauf, und eine Woche nach seinem Abschluss gelöscht.',
  mailSignIn: 'Mails gehen nur an bestätigte Adressen: Melden Sie sich zuerst per E-Mail an.',
  mailBefore: 'Mails gehen nur an bestätigte Adressen: Dafür müssen Sie sich per E-Mail anmelden, bevor Sie teilnehmen.',
  signIn: 'Per E-Mail anmelden',
  mailNotYours: 'Mit dieser Adresse sind Sie nicht angemeldet.',
  addressWrong: 'Geben Sie eine Adresse wie anna@example.org an.',
  nothing: 'Von diesem Verkauf erfährt niemand etwas, während die Seite geschlossen ist.',
  failed: 'Das hat gerade nicht geklappt. Versuchen Sie es noch einmal.',
};
