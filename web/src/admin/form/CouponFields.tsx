import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { emptyCut } from '../draft';
import { AreaField, CountField, Field } from '../fields';
import { CutFields } from './CutFields';
import type { StepProps } from './SoldStep';

const text = words.form;

/** Coupons, and the codes without which nobody gets in. */
export function CouponFields({ draft, refused, put, isKnown }: StepProps & { isKnown: boolean }) {
  return (
    <>
      {draft.coupons.map((coupon, index) => {
        const set = (part: Partial<typeof coupon>): void =>
          put({ coupons: draft.coupons.map((before, at) => (at === index ? { ...before, ...part } : before)) });
        return (
          <div class="grid" key={index} role="group" aria-label={text.coupon(number(index + 1))}>
            <Field label={text.code} value={coupon.code} refused={refused[`coupons[${index}].code`]} set={(code) => set({ code })} required />
            <CutFields cut={coupon} currency={draft.currency} refused={refused[`coupons[${index}].cut`]} set={set} />
            <CountField label={text.uses} min={0} value={coupon.usesMax} set={(usesMax) => set({ usesMax })} />
            <button type="button" onClick={() => put({ coupons: draft.coupons.filter((_, at) => at !== index) })}>
              {text.removeCoupon(number(index + 1))}
            </button>
          </div>
        );
      })}
      <p>
        <button type="button" onClick={() => put({ coupons: [...draft.coupons, { ...emptyCut, code: '', usesMax: '' }] })}>
          {text.addCoupon}
        </button>
      </p>
      <AreaField
        label={text.accessCodes}
        value={draft.accessCodes}
        refused={refused['access_codes']}
        set={(accessCodes) => put({ accessCodes })}
        hint={`${text.accessCodesHint}${isKnown ? ` ${text.accessCodesKept}` : ''}`}
      />
    </>
  );
}
