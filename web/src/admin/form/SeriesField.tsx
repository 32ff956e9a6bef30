import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { Choice } from '../fields';
import type { Series } from '../types';

const text = words.series;

interface Props {
  series: Series[];
  value: string;
  /** A sale that is scheduled stays in its series. */
  settled: boolean;
  /** Guests may take part: anybody can be several of them. */
  forGuests: boolean;
  set: (series: string) => void;
}

/** Which series a sale belongs to, where there are any. */
export function SeriesField({ series, value, settled, forGuests, set }: Props) {
  const chosen = series.find(({ id }) => id === value);
  if (series.length === 0 || (settled && !chosen)) return null;
  const nameOf = ({ name, per_shopper_max: most }: Series): string => text.option(name, number(most));
  return (
    <div class="field">
      {settled && chosen ? (
        <p>
          {text.title}: {nameOf(chosen)}
        </p>
      ) : (
        <Choice label={text.title} value={value} set={set} options={[['', text.none], ...series.map((one) => [one.id, nameOf(one)] as const)]} />
      )}
      {chosen && forGuests && <small class="bad">{text.guests}</small>}
    </div>
  );
}
