import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import type { Order } from './rules/state';
import type { Sale } from './types';

interface Props {
  sale: Sale;
  /** The id of the form that they belong to. */
  form: string;
  /** What was filled in before. */
  filled: Order | undefined;
  /** The coupon among it, or from before the sale opened. */
  coupon: string | undefined;
  /** The access code was refused. */
  isWrong: boolean;
  /** A coupon is named, or none any more. */
  named: (hasCoupon: boolean) => void;
}

/** Codes that a sale takes: there to be filled in where one is needed, or was given before; otherwise behind a question. */
export function Codes({ sale, form, filled, coupon, isWrong, named }: Props) {
  const [isOpen, setOpen] = useState(sale.access_code_needed || !!coupon);
  if (!sale.has_coupons && !sale.access_code_needed) return null;
  if (!isOpen) {
    return (
      <p class="have-code">
        <button type="button" class="link" onClick={() => setOpen(true)}>
          {words.haveCode}
        </button>
      </p>
    );
  }
  return (
    <div class="fields codes">
      {sale.access_code_needed && (
        <label>
          {words.accessCode}
          <Code name="access" form={form} lengthMax={128} value={filled?.accessCode} isWrong={isWrong} required />
        </label>
      )}
      {sale.has_coupons && (
        <label>
          {words.coupon}
          <Code name="coupon" form={form} lengthMax={64} value={coupon} typed={(text) => named(text !== '')} isFirst={!sale.access_code_needed && !coupon} />
        </label>
      )}
    </div>
  );
}

interface CodeProps {
  name: string;
  form: string;
  lengthMax: number;
  value: string | undefined;
  required?: boolean;
  isWrong?: boolean;
  /** Somebody has just asked for it. */
  isFirst?: boolean;
  typed?: (text: string) => void;
}

/** A field for what no keyboard should put right. */
function Code({ name, form, lengthMax, value, required, isWrong, isFirst, typed }: CodeProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => void (isFirst && field.current?.focus()), []);
  return (
    <input
      ref={field}
      name={name}
      form={form}
      maxLength={lengthMax}
      defaultValue={value ?? ''}
      required={required ?? false}
      aria-invalid={isWrong ?? false}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
      onInput={(input) => typed?.(input.currentTarget.value.trim())}
    />
  );
}
