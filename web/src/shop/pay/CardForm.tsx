import { useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { now } from '../../shared/clock';
import { cardToken, expiryMs, isCardNumber, latin } from './card';
import type { FormProps } from './PayForm';

/** The sandbox's card form. A real gateway brings its own, which likewise turns a card into a token. */
export function CardForm({ isBusy, label, pay }: FormProps) {
  const [wrong, setWrong] = useState<{ number?: string; expiry?: string; code?: string }>({});
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const text = (name: string): string => latin(String(new FormData(form).get(name) ?? '')).trim();
    const ends = expiryMs(text('expiry'));
    const found = {
      ...(!isCardNumber(text('number')) && { number: words.cardNumberWrong }),
      ...(ends === undefined && { expiry: words.cardExpiryWrong }),
      ...(ends !== undefined && ends < now() && { expiry: words.cardExpired }),
      ...(!/^\d{3,4}$/.test(text('code')) && { code: words.cardCodeWrong }),
    };
    setWrong(found);
    const [first] = Object.keys(found);
    if (first) form.querySelector<HTMLInputElement>(`[name=${first}]`)?.focus();
    else pay(cardToken(text('number')));
  };
  return (
    <form class="fields" noValidate onSubmit={submit}>
      <h3>{words.payTitle}</h3>
      <p class="soft">{words.sandbox}</p>
      <Field name="number" label={words.cardNumber} autocomplete="cc-number" wrong={wrong.number} />
      <div class="pair">
        <Field name="expiry" label={words.cardExpiry} autocomplete="cc-exp" wrong={wrong.expiry} />
        <Field name="code" label={words.cardCode} autocomplete="cc-csc" wrong={wrong.code} />
      </div>
      <button class="primary" type="submit" disabled={isBusy}>
        {label}
      </button>
    </form>
  );
}

interface FieldProps {
  name: string;
  label: string;
  autocomplete: 'cc-number' | 'cc-exp' | 'cc-csc';
  wrong: string | undefined;
}

function Field({ name, label, autocomplete, wrong }: FieldProps) {
  return (
    <label>
      {label}
      <input
        name={name}
        dir="ltr"
        inputMode="numeric"
        autocomplete={autocomplete}
        maxLength={24}
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
