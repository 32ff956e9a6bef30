import { useState } from 'preact/hooks';
import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { now } from '../shared/clock';
import { newKey } from '../shared/key';
import { cardToken, expiryMs, isCardNumber, latin } from './card';
import type { Shell } from './shell';
import type { Attempt } from './types';

/** The sandbox's card form. A real gateway brings its own, which likewise turns a card into a token. */
export function PayForm({ shell, attempt }: { shell: Shell; attempt: Attempt }) {
  const [wrong, setWrong] = useState<{ number?: string; expiry?: string; code?: string }>({});
  const { paying, declined, leaving, sale } = shell.state;
  const isFree = attempt.price?.total_minor === 0;
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const pay = (card?: string): void => shell.send({ type: 'pay', card, key: newKey() });
    if (isFree) return pay();
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
  const sum = attempt.price ? money(attempt.price.total_minor, attempt.price.currency) : '';
  return (
    <form class="fields" noValidate onSubmit={submit}>
      {isFree || (
        <>
          <h3>{words.payTitle}</h3>
          <p class="soft">{words.sandbox}</p>
        </>
      )}
      {declined && (
        <p class="notice bad" role="alert">
          {words.declined} {declined.triesLeft !== undefined && words.triesLeft(number(declined.triesLeft))}
        </p>
      )}
      {isFree || (
        <>
          <Field name="number" label={words.cardNumber} autocomplete="cc-number" wrong={wrong.number} />
          <div class="pair">
            <Field name="expiry" label={words.cardExpiry} autocomplete="cc-exp" wrong={wrong.expiry} />
            <Field name="code" label={words.cardCode} autocomplete="cc-csc" wrong={wrong.code} />
          </div>
        </>
      )}
      <button class="primary" type="submit" disabled={paying || leaving}>
        {isFree ? (paying ? words.oneMoment : words.takeIt) : paying ? words.paying : words.pay(sum)}
      </button>
      {paying && sale?.status === 'paused' && <p class="soft">{words.payingPaused}</p>}
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
