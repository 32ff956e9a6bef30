import type { Words } from './en';

export const de: Words = {
  title: 'Zuerst eine Prüfung',
  why: (host) => `Dieser Verkauf bittet Gäste zu zeigen, dass sie Menschen sind. Die Prüfung kommt von ${host}; Ihr Browser verbindet sich dorthin. Sie wird einmal verlangt, nicht für jeden Klick.`,
  coming: 'Die Prüfung wird geladen …',
  sending: 'Einen Moment: Sie wird bestätigt …',
  away: 'Die Prüfung kann im Moment nicht bestätigt werden. Das liegt nicht an Ihnen, und Sie müssen sie nicht wiederholen: Wir versuchen es weiter.',
  absent: (host) => `Die Prüfung wurde nicht geladen. Vielleicht hält etwas in diesem Browser oder Netz ${host} fern: Erlauben Sie es, oder nehmen Sie einen anderen Browser oder ein anderes Netz.`,
  failed: 'Die Prüfung funktioniert in diesem Browser im Moment nicht. Versuchen Sie es noch einmal oder mit einem anderen Browser.',
  refused: 'Die Prüfung wurde nicht bestätigt. Bitte machen Sie sie noch einmal.',
  givenUp: 'Die Prüfung kann im Moment nicht bestätigt werden. Das liegt nicht an Ihnen. Bitte versuchen Sie es in einigen Minuten noch einmal.',
  again: 'Noch einmal versuchen',
};
