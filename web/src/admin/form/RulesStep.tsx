import { words } from '../../i18n/admin';
import { words as form } from '../../i18n/form';
import { number } from '../../i18n/locale';
import { count } from '../amount';
import type { Draft } from '../draft';
import { Choice, CountField, Field, Group } from '../fields';
import type { Gateway } from '../types';
import { More } from './More';
import type { StepProps } from './SoldStep';

const text = words.form;

interface Props extends StepProps {
  /** The form of a sale where nobody has touched anything. */
  usual: Draft;
  gateway: Gateway | '';
  offered: readonly Gateway[];
}

const SELDOM = ['standbyHoldSeconds', 'graceSeconds', 'standbyMax', 'paymentTries'] as const;
const SELDOM_REFUSED = ['standby_hold_seconds', 'grace_seconds', 'standby_max', 'payment_tries'] as const;

/** How it is paid for, how long that may take, and how much one may have. */
export function RulesStep({ draft, refused, put, usual, gateway, offered }: Props) {
  // The shop takes the money: how, is none of ours.
  const isHandedOver = draft.checkout === 'handed_over';
  const isUnusual = SELDOM.some((name) => draft[name] !== usual[name]) || SELDOM_REFUSED.some((name) => refused[name] !== undefined);
  const [perShopper, atOnce] = [count(draft.perShopperMax), count(draft.quantityMax)];
  const isTooMany = perShopper !== undefined && atOnce !== undefined && atOnce > perShopper;
  return (
    <Group title={text.rules}>
      <div class="grid">
        <Choice
          label={text.checkout}
          value={draft.checkout}
          set={(checkout) => put({ checkout })}
          options={[
            ['reservation', text.reservation],
            ['direct_order', text.directOrder],
            ['handed_over', text.handedOver],
          ]}
        />
        {isHandedOver && (
          <Field label={text.checkoutUrl} value={draft.checkoutUrl} refused={refused['checkout_url']} set={(checkoutUrl) => put({ checkoutUrl })} hint={text.checkoutUrlHint} required waits />
        )}
        {offered.length > 1 && !isHandedOver && (
          <Choice
            label={text.gateway}
            value={gateway}
            set={(gateway) => put({ gateway })}
            options={offered.map((gateway) => [gateway, text.gateways[gateway]] as const)}
          />
        )}
        <CountField label={text.holdSeconds} min={1} value={draft.holdSeconds} refused={refused['hold_seconds']} set={(holdSeconds) => put({ holdSeconds })} required />
        <CountField label={text.perShopperMax} min={1} value={draft.perShopperMax} refused={refused['per_shopper_max']} set={(perShopperMax) => put({ perShopperMax })} required />
        <CountField
          label={text.quantityMax}
          min={1}
          value={draft.quantityMax}
          refused={refused['quantity_max']}
          problem={isTooMany ? form.atMostPerShopper(number(perShopper)) : undefined}
          set={(quantityMax) => put({ quantityMax })}
          required
        />
      </div>
      <More isOpen={isUnusual}>
        <div class="grid">
          <CountField label={text.standbyHoldSeconds} min={1} value={draft.standbyHoldSeconds} refused={refused['standby_hold_seconds']} set={(standbyHoldSeconds) => put({ standbyHoldSeconds })} />
          <CountField label={isHandedOver ? text.extendSeconds : text.graceSeconds} min={0} value={draft.graceSeconds} refused={refused['grace_seconds']} set={(graceSeconds) => put({ graceSeconds })} required />
          <CountField label={text.standbyMax} min={0} value={draft.standbyMax} refused={refused['standby_max']} set={(standbyMax) => put({ standbyMax })} required />
          {!isHandedOver && (
            <CountField label={text.paymentTries} min={1} value={draft.paymentTries} refused={refused['payment_tries']} set={(paymentTries) => put({ paymentTries })} required />
          )}
        </div>
      </More>
    </Group>
  );
}
