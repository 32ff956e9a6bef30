import { money, number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { nameOf } from '../item';
import { Picture } from '../Picture';
import type { State } from '../rules/state';

/** What was asked for: how many of which item, and of a reservation what that comes to. */
export function Asked({ state: { sale, wish, attempt } }: { state: State }) {
  const sku = attempt?.sku ?? wish?.sku;
  const quantity = attempt?.quantity ?? wish?.quantity ?? 1;
  const price = attempt?.state === 'reserved' ? attempt.price : undefined;
  if (!sale || sku === undefined) return null;
  return (
    <div class="asked">
      <Picture src={sale.items.find((item) => item.sku === sku)?.image_url} />
      <p>
        <bdi>
          {number(quantity)} × {nameOf(sale, sku)}
        </bdi>
      </p>
      {price && (
        <p class="sum">
          <span class="hidden-but-read">{words.total} </span>
          <strong>{money(price.total_minor, price.currency)}</strong>
        </p>
      )}
    </div>
  );
}
