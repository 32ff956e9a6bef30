/** Labelled inputs of the forms. What is wrong with one is said beside it, and keeps the form from being sent. */
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as desk } from '../i18n/desk';
import { digits, isCurrency, money, percent, separator } from '../i18n/locale';
import { amount, basisPoints, count } from './amount';
import { allZones, browserZone, instants, isZone, local, preciseIn, utcOf, zoneOf } from './zone';

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  type?: 'text' | 'search' | 'date' | 'datetime-local';
  /** What may be meant, offered while somebody types. */
  offered?: string[];
  required?: boolean;
  /** Only scheduling needs it: a draft is saved without. */
  waits?: boolean;
  hint?: string | undefined;
  /** Why the value cannot be used. */
  problem?: string | undefined;
  /** Why the server did not take it. It may another time, so that keeps nothing from being sent. */
  refused?: string | undefined;
  inputMode?: 'decimal' | 'numeric';
}

export function Field({ label, value, set, type = 'text', required = false, waits = false, hint, problem, refused, inputMode, offered }: FieldProps) {
  const input = useRef<HTMLInputElement>(null);
  const [said, list] = [useId(), useId()];
  const wrong = problem ?? refused;
  useEffect(() => input.current?.setCustomValidity(problem ?? ''), [problem]);
  return (
    <div class="field">
      <label>
        {label}
        <input
          ref={input}
          type={type}
          value={value}
          required={required}
          data-waits={waits ? true : undefined}
          inputMode={inputMode}
          list={offered && list}
          step={type === 'datetime-local' ? 'any' : undefined}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={wrong || hint ? said : undefined}
          onInput={(input) => set(input.currentTarget.value)}
        />
      </label>
      {offered && (
        <datalist id={list}>
          {offered.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      {wrong ? (
        <small id={said} class="bad">
          {wrong}
        </small>
      ) : (
        hint && <small id={said}>{hint}</small>
      )}
    </div>
  );
}

interface AreaProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: ComponentChildren;
  refused?: string | undefined;
}

/** A text of several lines. */
export function AreaField({ label, value, set, hint, refused }: AreaProps) {
  const said = useId();
  return (
    <div class="field">
      <label>
        {label}
        <textarea
          value={value}
          aria-invalid={refused ? true : undefined}
          aria-describedby={refused || hint ? said : undefined}
          onInput={(input) => set(input.currentTarget.value)}
        />
      </label>
      {refused ? (
        <small id={said} class="bad">
          {refused}
        </small>
      ) : (
        hint && <small id={said}>{hint}</small>
      )}
    </div>
  );
}

interface TypedProps {
  label: string;
  value: string;
  set: (value: string) => void;
  required?: boolean;
  waits?: boolean;
  hint?: string;
  refused?: string | undefined;
}

/** A price: what is understood stands beside it. `problem` is what else is wrong with it. */
export function AmountField({ currency, hint, problem: other, ...field }: TypedProps & { currency: string; problem?: string | undefined }) {
  const places = digits(currency);
  const minor = amount(field.value, places, separator);
  const problem = field.value.trim() && minor === undefined ? words.form.amountWrong(places, separator) : other;
  const understood = minor === undefined ? hint : `= ${money(minor, currency)}`;
  return <Field {...field} inputMode="decimal" problem={problem} hint={understood} />;
}

/** The code of a currency: one that the server knows. */
export function CurrencyField({ value, set, refused }: { value: string; set: (currency: string) => void; refused?: string | undefined }) {
  const problem = value.trim() && !isCurrency(value) ? words.form.currencyWrong : undefined;
  return <Field label={words.form.currency} value={value} set={(text) => set(text.toUpperCase())} refused={refused} problem={problem} required />;
}

/** A percentage, in the same way. */
export function PercentField({ hint, ...field }: TypedProps) {
  const points = basisPoints(field.value, separator);
  const problem = field.value.trim() && points === undefined ? words.form.percentWrong(separator) : undefined;
  return <Field {...field} inputMode="decimal" problem={problem} hint={points === undefined ? hint : `= ${percent(points)}`} />;
}

/** A count of at least `min`; `problem` is what else is wrong with it. */
export function CountField({ min, problem, ...field }: TypedProps & { min: number; problem?: string | undefined }) {
  const found = count(field.value);
  const wrong = field.value.trim() && (found === undefined || found < min);
  return <Field {...field} inputMode="numeric" problem={wrong ? words.form.countWrong(min) : problem} />;
}

interface TimeProps {
  label: string;
  /** An instant, as the API has it; empty while what is typed is none. */
  value: string;
  /** The zone of which it is typed. */
  zone: string;
  set: (instant: string) => void;
  refused?: string | undefined;
  /** What is wrong with it beside others. */
  problem?: string | undefined;
}

/** A time in a zone. The instant that is meant stands beside it, with the zone and in UTC; where clocks show it twice, one is chosen. */
export function TimeField({ label, value, zone: wanted, set, refused, problem }: TimeProps) {
  const zone = isZone(wanted) ? wanted : browserZone;
  const [typed, setTyped] = useState(value && local(value, zone));
  const text = value && !instants(typed, zone).some((instant) => Date.parse(instant) === Date.parse(value)) ? local(value, zone) : typed;
  const meant = instants(text, zone);
  const type = (text: string): void => {
    setTyped(text);
    set(instants(text, zone)[0] ?? '');
  };
  return (
    <div>
      <Field
        label={label}
        type="datetime-local"
        value={text}
        set={type}
        required
        refused={refused}
        problem={text && meant.length === 0 ? words.form.timeSkipped : problem}
        hint={value ? `${preciseIn(value, zone)} · ${zoneOf(value, zone)} · ${utcOf(value)}` : zoneOf('', zone)}
      />
      {meant.length > 1 && (
        <Choice
          label={words.form.whichOfTwo(label)}
          value={meant.find((instant) => Date.parse(instant) === Date.parse(value)) ?? ''}
          set={set}
          options={meant.map((instant) => [instant, preciseIn(instant, zone)] as const)}
        />
      )}
    </div>
  );
}

/** A time zone, found by what is typed of its name. */
export function ZoneField({ value, set, hint, refused }: { value: string; set: (zone: string) => void; hint: string; refused?: string | undefined }) {
  const [zones] = useState(allZones);
  const problem = value && !isZone(value) ? desk.zone.unknown : undefined;
  return <Field label={desk.zone.label} value={value} set={set} offered={zones} problem={problem} refused={refused} hint={hint} required />;
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  set: (value: T) => void;
  options: readonly (readonly [T, string])[];
  hint?: string | undefined;
}

export function Choice<T extends string>({ label, value, set, options, hint }: ChoiceProps<T>) {
  const said = useId();
  return (
    <div class="field">
      <label>
        {label}
        <select value={value} aria-describedby={hint ? said : undefined} onChange={(change) => set(change.currentTarget.value as T)}>
          {options.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {hint && <small id={said}>{hint}</small>}
    </div>
  );
}

export function Group({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <fieldset class="card">
      <legend>{title}</legend>
      {children}
    </fieldset>
  );
}
