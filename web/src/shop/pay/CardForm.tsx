import { useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { now } from '../../shared/clock';
import { cardToken, expiryMs, grouped, isCardNumber, latin, monthAndYear } from './card';
import type { FormProps } from './PayForm';

const FIELDS = ['number', 'expiry', 'code'] as const;
type Name = (typeof FIELDS)[number];

/** What is wrong with what was entered, if anything. */
function flawOf(name: Name, text: string): string | undefined {
  if (name === 'number') return isCardNumber(text) ? undefined : words.cardNumberWrong;
  if (name === 'code') return /^\d{3,4}$/.test(text) ? undefined : words.cardCodeWrong;
  const ends = expiryMs(text);
  return ends === undefined ? words.cardExpiryWrong : ends < now() ? words.cardExpired : undefined;
}

/** The sandbox's card form. A real gateway brings its own, which likewise turns a card into a token. */
export function CardForm({ isBusy, label, pay }: FormProps) {
  const [wrong, setWrong] = useState<Partial<Record<Name, string | undefined>>>({});
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = (name: string): string => latin(String(new FormData(form).get(name) ?? '')).trim();
    const found = Object.fromEntries(FIELDS.map((name) => [name, flawOf(name, text(name))] as const).filter(([, flaw]) => flaw));
    setWrong(found);
    const [first] = Object.keys(found);
    if (first) form.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    else pay(cardToken(text('number')));
  };
  // What was left wrong is said once it is left, and no longer once it is right.
  const look = (name: Name, text: string, isLeft: boolean): void => {
    if (isLeft ? text : wrong[name]) setWrong({ ...wrong, [name]: flawOf(name, latin(text).trim()) });
  };
  return (
    <form class="fields" noValidate onSubmit={submit}>
      <h3>{words.payTitle}</h3>
      <p class="soft">{words.sandbox}</p>
      <Field name="number" label={words.cardNumber} autocomplete="cc-number" wrong={wrong.number} written={grouped} look={look} />
      <div class="pair">
        <Field name="expiry" label={words.cardExpiry} autocomplete="cc-exp" wrong={wrong.expiry} written={monthAndYear} look={look} />
        <Field name="code" label={words.cardCode} autocomplete="cc-csc" wrong={wrong.code} lengthMax={4} look={look} />
      </div>
      <button class="primary" type="submit" disabled={isBusy}>
        {label}
      </button>
    </form>
  );
}

interface FieldProps {
  name: Name;
  label: string;
  autocomplete: 'cc-number' | 'cc-exp' | 'cc-csc';
  wrong: string | undefined;
  lengthMax?: number;
  /** As it is written on the card. */
  written?: (text: string) => string;
  look: (name: Name, text: string, isLeft: boolean) => void;
}

function Field({ name, label, autocomplete, wrong, lengthMax = 24, written, look }: FieldProps) {
  const typed = (event: InputEvent & { currentTarget: HTMLInputElement }): void => {
    const field = event.currentTarget;
    if (written) write(field, written);
    look(name, field.value, false);
  };
  return (
    <label>
      {label}
      <input
        name={name}
        dir="ltr"
        inputMode="numeric"
        autocomplete={autocomplete}
        maxLength={lengthMax}
        onInput={typed}
        onBlur={(left) => look(name, left.currentTarget.value, true)}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong ? `${name}-wrong` : undefined}
      />
      {wrong && (
        <small id={`${name}-wrong`} class="wrong">
          {wrong}
        </small>
      )}
    </label>
  );
}

/** Writes it as it is on the card, and keeps the cursor after the digit that it was after. */
function write(field: HTMLInputElement, written: (text: string) => string): void {
  const { value, selectionEnd } = field;
  const text = written(value);
  if (text === value) return;
  const isAtEnd = selectionEnd === value.length;
  let digits = value.slice(0, selectionEnd ?? 0).replace(/[^\p{Nd}]/gu, '').length;
  field.value = text;
  if (isAtEnd) return;
  let at = 0;
  while (digits > 0 && at < text.length) if (/\d/.test(text[at++] ?? '')) digits -= 1;
  field.setSelectionRange(at, at);
}
