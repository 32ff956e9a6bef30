import type { Words } from './en';

export const de: Words = {
  title: 'Anmelden, um zu kaufen',
  why: 'Dieser Verkauf ist für Käufer mit einem Konto. Mit ihm finden Sie Ihren Platz und Ihre Bestellungen auf jedem Gerät.',
  whyNotMail: 'Sie sind mit einer E-Mail-Adresse angemeldet. Das genügt für diesen Verkauf nicht: Er ist für Käufer mit einem Konto. Melden Sie sich mit Ihrem an.',
  or: 'Oder mit Ihrem Konto',
  go: 'Mit Ihrem Konto anmelden',
  leads: 'Sie melden sich auf der Seite des Kontos an und kommen hierher zurück.',
  notHere: 'Zurzeit kann sich hier niemand mit einem Konto anmelden.',
  away: 'Die Seite, auf der Sie sich anmelden, ist gerade nicht erreichbar. Versuchen Sie es noch einmal.',
  tooMany: 'Es wurden zu viele Anmeldungen versucht. Warten Sie eine Minute und versuchen Sie es dann erneut.',
  notNow: 'Das hat gerade nicht geklappt. Versuchen Sie es noch einmal.',
  denied: 'Sie sind nicht angemeldet: Sie haben es abgebrochen. Sie können sich jederzeit anmelden.',
  failed: 'Sie sind nicht angemeldet: Die Seite, auf der Sie sich anmelden, meldet einen Fehler. Versuchen Sie es noch einmal.',
  unknown: 'Sie sind nicht angemeldet: Diese Anmeldung wurde nicht in diesem Browser begonnen oder hat zu lange gedauert. Beginnen Sie hier neu.',
  refused: 'Sie sind nicht angemeldet: Diese Anmeldung wurde schon verwendet oder hat zu lange gedauert. Beginnen Sie hier neu.',
  invalid: 'Sie sind nicht angemeldet: Was über Ihr Konto zurückkam, ist nicht vertrauenswürdig. Beginnen Sie neu; bleibt es so, sagen Sie es dem Veranstalter.',
  later: 'Sie sind noch nicht angemeldet: Ihr Konto lässt sich gerade nicht prüfen.',
  holds: 'In diesem Browser haben Sie ohne Ihr Konto einen Platz oder eine Reservierung, und das lässt sich nicht übertragen. Schließen Sie es erst ab, oder melden Sie sich jetzt an: Es bleibt bei der bisherigen Sitzung dieses Browsers, und diese Seite zeigt es nicht mehr.',
};
