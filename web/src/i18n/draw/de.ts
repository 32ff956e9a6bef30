import type { Words } from './en';

export const de: Words = {
  how: (when) => `Über alle, die bis ${when} in der Lobby sind, wird zur Eröffnung in ausgeloster Reihenfolge entschieden: Früh oder schnell zu sein nützt nichts. Über alle, die später kommen, wird danach entschieden.`,
  limits: 'Die Reihenfolge folgt aus einem Geheimnis, dessen Fingerabdruck vor der ersten Teilnahme veröffentlicht wurde (diese Seite merkt ihn sich mit einer Teilnahme), und aus allen Teilnahmen. Sie lässt sich also nachträglich nicht wählen, und jeder kann sie prüfen. Zufall von außen ist nicht dabei: Wer den Shop betreibt, kennt das Geheimnis und kann Teilnahmen hinzufügen, bis die Reihenfolge passt.',
  beacon: (round, when) => `Die Reihenfolge folgt aus einem Geheimnis, dessen Fingerabdruck vor der ersten Teilnahme veröffentlicht wurde (diese Seite merkt ihn sich mit einer Teilnahme), aus allen Teilnahmen und aus Runde ${round} von drand, einer öffentlichen Zufallsquelle. Diese kommt, nachdem die Teilnahmen veröffentlicht sind (${when}), und niemand kennt sie vorher: Nicht einmal wer den Shop betreibt kann also die Reihenfolge wählen, und jeder kann sie prüfen.`,
  published: 'Was von der Auslosung veröffentlicht ist',
  check: 'Auslosung prüfen',
  unpublished: 'Die Teilnahmen sind noch nicht veröffentlicht.',
  never: 'Der Verkauf wurde abgebrochen, bevor seine Teilnahmen veröffentlicht waren: Es gab keine Auslosung, und es gibt nichts zu prüfen.',
  unread: 'Was von der Auslosung veröffentlicht ist, ließ sich nicht lesen. Versuchen Sie es noch einmal.',
  wrong: 'Was von der Auslosung veröffentlicht ist, passt nicht zusammen. Sagen Sie es dem Veranstalter.',
  withoutYou: 'Dieser Klick war nicht in der Lobby: Er kam nach der Eröffnung.',
  drawnAs: (rank, of) => `Sie wurden als Nummer ${rank} von ${of} gezogen. Dieser Browser hat das aus den veröffentlichten Teilnahmen berechnet.`,
  beaconUnchecked: 'Wer den Zufall der Quelle unterschrieben hat, wurde hier nicht geprüft.',
  own: 'Um selbst nachzuprüfen',
  entry: 'Die Kennung Ihrer Teilnahme. Behalten Sie sie bis zur Auslosung für sich: Niemand sonst kennt sie.',
  fingerprint: 'Fingerabdruck des Geheimnisses, wie ihn dieser Browser sich gemerkt hat, bevor die Lobby schloss',
  notKept: 'Dieser Browser hat keinen Fingerabdruck aus der Zeit, bevor die Lobby schloss. Die Prüfung richtet sich nach dem veröffentlichten, der weniger zeigt.',
  copy: 'Kopieren',
  copied: 'Kopiert',
};
