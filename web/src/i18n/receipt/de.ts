import type { Words } from './en';

export const de: Words = {
  none: 'Noch keine Bestellung. Eine Zahlung, die noch läuft, steht hier, sobald sie abgeschlossen ist.',
  thisBrowser: 'Sie sind nicht angemeldet: Das sind die Bestellungen aus diesem Browser.',
  noSuchOrder: 'So eine Bestellung haben Sie nicht',
  noSuchOrderText: 'Vielleicht gehört sie jemand anderem. Ist es Ihre, öffnen Sie sie in dem Browser, in dem Sie gekauft haben, oder melden Sie sich so an wie beim Kauf.',
  bought: 'Was gekauft wurde',
  paidAt: (t) => `Bezahlt: ${t}`,
  madeAt: (t) => `Bestellt: ${t}`,
  seller: 'Verkauft von',
  refunds: 'Was zurückgeht',
  collect: 'Zum Abholen',
  collectText: 'Der Code enthält die Nummer der Bestellung und sonst nichts. Er zeigt, welche es ist, nicht wessen: Bei der Ausgabe kann mehr verlangt werden.',
  codeOf: (n) => `Code mit der Bestellnummer ${n}`,
  print: 'Drucken',
  onItsWay: (sum, t) => `${sum} sind auf dem Weg zurück, veranlasst: ${t}.`,
  wentBack: (sum) => `${sum} gingen an Sie zurück.`,
  wentBackAt: (sum, t) => `${sum} gingen an Sie zurück: ${t}.`,
  cameBack: (sum, t) => `${sum} gingen zurück und kamen wieder beim Shop an (${t}): Bei Ihnen kamen sie nicht an.`,
  refundFailed: (sum) => `Eine Erstattung von ${sum} hat nicht geklappt: Durch sie ging nichts zurück. Der Shop sieht das.`,
  refundUnknown: (sum) => `Eine Erstattung von ${sum} wurde begonnen; der Shop muss noch herausfinden, was daraus wurde.`,
};
