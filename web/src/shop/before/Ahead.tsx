import './before.css';
import { useState } from 'preact/hooks';
import { words } from '../../i18n/before';
import { words as texts } from '../../i18n/shop';
import { isLasting } from '../../shared/storage';
import * as ahead from '../ahead';
import { BuyerForm } from '../buyer/BuyerForm';
import type { BuyerDetails, BuyerFields, Sale } from '../types';

/** Nothing is asked for here but what the sale will ask for. */
const NOTHING: BuyerFields = { name: 'off', email: 'off', phone: 'off', address: 'off', questions: [] };

/** Coupon and details for later: filled in by the forms that ask for them, once they do. */
export function Ahead({ sale }: { sale: Sale }) {
  const [known, setKnown] = useState(() => ahead.read(sale.event_id));
  const [said, say] = useState('');
  const [anew, clear] = useState(0);
  const save = async (buyer: BuyerDetails, form: HTMLFormElement): Promise<void> => {
    const coupon = String(new FormData(form).get('ahead-coupon') ?? '').trim();
    const entered = { ...(coupon && { coupon }), ...(sale.buyer_fields && { buyer }) };
    ahead.keep(sale.event_id, entered);
    setKnown(entered);
    say(isLasting() ? words.aheadKept : words.aheadKeptHere);
  };
  const forget = (): void => {
    ahead.drop(sale.event_id);
    setKnown({});
    clear((times) => times + 1);
    say(words.aheadForgotten);
  };
  return (
    <div class="opened">
      <BuyerForm
        key={anew}
        fields={sale.buyer_fields ?? NOTHING}
        known={{ ...known.buyer, missing: [] }}
        isBusy={false}
        give={save}
        lead={words.aheadWhy}
        label={words.aheadSave}
        heading="h2"
      >
        {sale.has_coupons && (
          <label>
            {texts.coupon}
            <input name="ahead-coupon" maxLength={64} defaultValue={known.coupon ?? ''} autocomplete="off" autocapitalize="off" spellcheck={false} />
          </label>
        )}
      </BuyerForm>
      <p role="status">{said}</p>
      {(known.coupon || known.buyer) && (
        <button type="button" onClick={forget}>
          {words.aheadForget}
        </button>
      )}
    </div>
  );
}
