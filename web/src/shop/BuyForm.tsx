import { useState } from 'preact/hooks';
import { number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { newKey } from '../shared/key';
import type { Shell } from './shell';
import { useNow } from './hooks';
import type { Sale } from './types';

export function BuyForm({ shell, sale }: { shell: Shell; sale: Sale }) {
  const filled = shell.state.refused;
  const [sku, setSku] = useState(
    filled?.sku ?? sale.items.find((item) => !item.sold_out)?.sku ?? sale.items[0]?.sku ?? '',
  );
  const now = useNow();
  // The countdown ends here before the news that the sale is open arrives; the door takes attempts from that moment.
  const due = sale.status === 'upcoming' && now >= sale.opens_at_ms;
  const open = sale.status === 'active' || sale.status === 'paused' || due;
  const most = Math.max(1, Math.min(sale.per_shopper_max, sale.quantity_max));
  const chosen = sale.items.find((item) => item.sku === sku);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const order = {
      sku,
      quantity: Number(text('quantity')) || 1,
      ...(text('coupon') && { coupon: text('coupon') }),
      ...(text('access') && { accessCode: text('access') }),
      ...(chosen && { shownMinor: chosen.sale_minor }),
    };
    shell.send({ type: 'buy', order, key: newKey() });
  };
  if (sale.items.every((item) => item.sold_out)) {
    return (
      <>
        <h2>{words.soldOutTitle}</h2>
        <p>{words.nothingLeft}</p>
      </>
    );
  }
  return (
    <form class="fields" onSubmit={submit}>
      <h2>{words.buy}</h2>
      <label>
        {words.item}
        <select value={sku} onChange={(change) => setSku(change.currentTarget.value)}>
          {sale.items.map((item) => (
            <option key={item.sku} value={item.sku} disabled={item.sold_out}>
              {item.sold_out ? `${item.name} (${words.soldOut})` : item.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.quantity}
        <input
          name="quantity"
          type="number"
          inputMode="numeric"
          min="1"
          max={most}
          defaultValue={String(filled?.quantity ?? 1)}
          required
        />
        <small class="soft">{words.upTo(number(sale.per_shopper_max))}</small>
      </label>
      <label>
        {words.coupon}
        <Code name="coupon" lengthMax={64} value={filled?.coupon} />
      </label>
      {sale.access_code_needed && (
        <label>
          {words.accessCode}
          <Code name="access" lengthMax={128} value={filled?.accessCode} required />
        </label>
      )}
      {chosen?.sold_out ? (
        <p class="notice">{words.soldOut}</p>
      ) : (
        <button class="primary" type="submit" disabled={!open}>
          {sale.status === 'upcoming' && !due ? words.buySoon : open ? words.buy : words.status[sale.status]}
        </button>
      )}
    </form>
  );
}

/** A field for what no keyboard should put right. */
function Code({ name, lengthMax, value, required }: { name: string; lengthMax: number; value: string | undefined; required?: boolean }) {
  return (
    <input
      name={name}
      maxLength={lengthMax}
      defaultValue={value ?? ''}
      required={required ?? false}
      autocomplete="off"
      autocapitalize="off"
      spellcheck={false}
    />
  );
}
