import type { Words } from './en';

export const de: Words = {
  title: 'Anmelden, um zu kaufen',
  why: 'Dieser Verkauf ist für Käufer, die eine E-Mail-Adresse bestätigt haben. Mit ihr finden Sie Ihren Platz und Ihre Bestellungen auf jedem Gerät.',
  address: 'E-Mail-Adresse',
  addressWrong: 'Geben Sie eine Adresse wie anna@example.org an.',
  send: 'Code senden',
  privacy: 'Die Adresse dient dazu, diesen Code zu senden und Sie wiederzuerkennen. Wir speichern sie nicht in lesbarer Form.',
  codeTitle: 'Code eingeben',
  sentTo: (email) => `Ein Code aus sechs Ziffern geht an ${email}. Er gilt einmal, zehn Minuten lang.`,
  patience: (n) => `Das kann eine Minute dauern; sehen Sie auch im Spam-Ordner nach. An eine Adresse gehen höchstens ${n} in einer Stunde: Danach zählt der letzte.`,
  code: 'Code',
  codeWrong: 'Dieser Code gilt nicht oder nicht mehr. Nur der letzte gilt, und nach fünf falschen brauchen Sie einen neuen.',
  codeIncomplete: 'Ein Code hat sechs Ziffern.',
  confirm: 'Anmelden',
  again: 'Neuen Code senden',
  sentAgain: 'Sie haben einen weiteren Code angefordert. Er ist unterwegs, wenn nicht schon zu viele in dieser Stunde an die Adresse gingen. Nur der letzte gilt.',
  againIn: (s) => `Neuen Code senden (in ${s} s)`,
  otherAddress: 'Andere Adresse verwenden',
  holds: 'In diesem Browser haben Sie ohne Anmeldung einen Platz oder eine Reservierung in einem anderen Verkauf, und das lässt sich nicht übertragen. Schließen Sie es erst ab, oder melden Sie sich jetzt an: Es bleibt bei der bisherigen Sitzung dieses Browsers, und diese Seite zeigt es nicht mehr.',
  tooMany: 'Es wurden zu viele Codes angefordert. Warten Sie einige Minuten und versuchen Sie es dann erneut.',
  notNow: 'Das hat gerade nicht geklappt. Versuchen Sie es noch einmal.',
};
