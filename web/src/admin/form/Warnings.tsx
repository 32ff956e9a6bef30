import { words } from '../../i18n/form';
import { number } from '../../i18n/locale';
import type { Warning } from './warnings';

const textOf = ({ kind, at, step }: Warning): string => {
  const text = words.warnings[kind];
  if (at === undefined) return text;
  return step === 'buyers' ? words.couponIs(number(at), text) : words.itemIs(number(at), text);
};

/** What may be meant, and mostly is not. It hinders nothing. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <section class="notice warnings" aria-label={words.warningsLabel}>
      <ul>
        {warnings.map((warning) => (
          <li key={`${warning.kind} ${warning.at}`}>{textOf(warning)}</li>
        ))}
      </ul>
      <small>{words.hinders}</small>
    </section>
  );
}
