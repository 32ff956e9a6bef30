import { number as decimal } from '../../i18n/locale';
import { words } from '../../i18n/look';
import { Field, Group } from '../fields';
import type { Refused } from '../refused';
import type { Colours } from '../types';
import { isColour, type Draft } from './draft';

interface Props {
  draft: Draft;
  colours: Colours | undefined;
  put: (part: Partial<Draft>) => void;
  refused: Refused;
}

/** The accent, in light and dark: picked or typed, with how well it is read. */
export function ColourFields({ draft, colours, put, refused }: Props) {
  return (
    <Group title={words.colour}>
      <div class="fields">
        <ColourField label={words.accent} value={draft.accent} set={(accent) => put({ accent })} shades={colours?.light} least={colours?.contrast_min} hint={words.accentHint} refused={refused['accent']} />
        <ColourField label={words.accentDark} value={draft.dark} set={(dark) => put({ dark })} shades={colours?.dark} least={colours?.contrast_min} hint={words.accentDarkHint} refused={refused['accent_dark']} />
      </div>
    </Group>
  );
}

interface FieldProps {
  label: string;
  value: string;
  set: (colour: string) => void;
  shades: Colours['light'] | undefined;
  least: number | undefined;
  hint: string;
  refused: string | undefined;
}

function ColourField({ label, value, set, shades, least = 0, hint, refused }: FieldProps) {
  const isTyped = value.trim() !== '';
  const unreadable = isTyped && shades && !shades.readable ? words.unreadable(decimal(shades.contrast), decimal(least), shades.nearest) : undefined;
  const problem = isTyped && !isColour(value) ? words.noColour : unreadable;
  const read = shades?.readable ? words.contrast(decimal(shades.contrast)) : hint;
  return (
    <div>
      <div class="colour">
        <input type="color" aria-label={words.pick(label)} value={isColour(value) ? value.trim().toLowerCase() : (shades?.accent ?? '#4338ca')} onInput={(input) => set(input.currentTarget.value)} />
        <Field label={label} value={value} set={set} hint={isTyped ? read : hint} problem={problem} refused={refused} />
      </div>
      {unreadable && shades && (
        <button type="button" onClick={() => set(shades.nearest)}>
          {words.take(shades.nearest)}
        </button>
      )}
    </div>
  );
}
