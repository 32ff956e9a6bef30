import { useEffect, useRef, useState } from 'preact/hooks';
import { digits } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import type { FormProps } from './PayForm';
import { stripe, type Elements, type Stripe } from './stripe';

/** What the device pays with by itself, where it and the shop have that: nothing to type. Then cards, then what else there is. */
const WALLETS_FIRST = ['apple_pay', 'google_pay', 'card'];

/** Stripe's own form (cards, wallets, whatever the shop has switched on), in a frame of Stripe's. */
export function StripeForm({ gateway, price, isBusy, label, pay }: FormProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [form, setForm] = useState<{ stripe: Stripe; elements: Elements }>();
  const [problem, setProblem] = useState<string>();
  const [isChecking, setChecking] = useState(false);
  const ours = digits(price.currency);
  const amount = Math.round(price.total_minor * 10 ** ((gateway.digits ?? ours) - ours));
  const currency = price.currency.toLowerCase();

  useEffect(() => {
    let leave = (): void => undefined;
    let isGone = false;
    const show = (loaded: Stripe): void => {
      if (isGone || !frame.current) return;
      const theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'stripe';
      const elements = loaded.elements({ mode: 'payment', amount, currency, captureMethod: 'manual', appearance: { theme } });
      const element = elements.create('payment', { paymentMethodOrder: WALLETS_FIRST });
      element.on('loaderror', () => setProblem(words.gatewayAway));
      element.mount(frame.current);
      leave = () => element.unmount();
      setForm({ stripe: loaded, elements });
    };
    stripe(gateway).then(show, () => setProblem(words.gatewayAway));
    return () => {
      isGone = true;
      leave();
    };
  }, [gateway.publishable_key, amount, currency]);

  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!form) return;
    setChecking(true);
    setProblem(undefined);
    try {
      const checked = await form.elements.submit();
      if (checked.error) return setProblem(checked.error.message ?? words.problem);
      const params = { return_url: location.href };
      const made = await form.stripe.createConfirmationToken({ elements: form.elements, params });
      if (made.confirmationToken) pay(made.confirmationToken.id);
      else setProblem(made.error?.message ?? words.problem);
    } catch {
      setProblem(words.gatewayAway);
    } finally {
      setChecking(false);
    }
  };

  return (
    <form class="fields" noValidate onSubmit={(event) => void submit(event)}>
      <h3>{words.payTitle}</h3>
      {!form && !problem && <p class="soft">{words.loading}</p>}
      <div ref={frame} />
      {problem && (
        <p class="notice bad" role="alert">
          {problem}
        </p>
      )}
      <button class="primary" type="submit" disabled={isBusy || isChecking || !form}>
        {label}
      </button>
    </form>
  );
}
