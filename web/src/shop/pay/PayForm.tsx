import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { money, number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { newKey } from '../../shared/key';
import { isAtShop } from '../atShop';
import type { Shell } from '../shell';
import { ToCheckout } from '../ToCheckout';
import type { Attempt, Gateway } from '../types';
import { CardForm } from './CardForm';
import { isOffered } from './stripe';

/** What the form of a gateway gets: it makes a token of what the shopper enters. */
export interface FormProps {
  gateway: Gateway;
  price: NonNullable<Attempt['price']>;
  /** A payment is under way, or about to be given up. */
  isBusy: boolean;
  label: string;
  pay: (token: string) => void;
}

/** How a reservation is paid: by the form of the sale's gateway; or with nothing but a click, where nothing is to be paid. */
export function PayForm({ shell, attempt }: { shell: Shell; attempt: Attempt }) {
  const { paying, unpaid, leaving, sale } = shell.state;
  const { price } = attempt;
  const gateway = sale?.gateway;
  const pay = (card?: string): void => shell.send({ type: 'pay', card, key: newKey() });
  const isBusy = paying || leaving;
  if (!price || !gateway) return null;
  if (isAtShop(sale)) return <ToCheckout shell={shell} attempt={attempt} />;
  const label = paying ? words.paying : words.pay(money(price.total_minor, price.currency));
  const Form = gateway.kind !== 'stripe' ? CardForm : isOffered(gateway) ? StripeFormWhenThere : NoForm;
  return (
    <>
      {unpaid && (
        <p class="notice bad" role="alert">
          {unpaid.why === 'declined' ? words.declined : words.notPaid}{' '}
          {unpaid.triesLeft !== undefined && words.triesLeft(number(unpaid.triesLeft))}
        </p>
      )}
      {price.total_minor === 0 ? (
        <button class="primary" type="button" disabled={isBusy} onClick={() => pay()}>
          {paying ? words.oneMoment : words.takeIt}
        </button>
      ) : (
        <Form gateway={gateway} price={price} isBusy={isBusy} label={label} pay={pay} />
      )}
      {paying && sale.status === 'paused' && <p class="soft">{words.payingPaused}</p>}
    </>
  );
}

/** Nothing that the shopper does brings a form that is not offered here. */
function NoForm() {
  return (
    <p class="notice bad" role="alert">
      {words.noPayment}
    </p>
  );
}

/** Its code comes only where it is needed, as Stripe's does. */
function StripeFormWhenThere(props: FormProps) {
  const [Form, setForm] = useState<ComponentType<FormProps>>();
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    import('./StripeForm').then(
      ({ StripeForm }) => setForm(() => StripeForm),
      () => setAway(true),
    );
  }, []);
  if (isAway) return <p class="notice bad">{words.gatewayAway}</p>;
  return Form ? <Form {...props} /> : <p class="soft">{words.loading}</p>;
}
