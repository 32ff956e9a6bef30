import { money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Picture } from './Picture';
import { isOver } from './states';
import type { Item, Sale } from './types';

export function ItemList({ sale }: { sale: Sale }) {
  return (
    <ul class="items">
      {sale.items.map((item) => (
        <li key={item.sku} class="card item">
          <Picture src={item.image_url} lazy />
          <div>
            <h2>
              <bdi>{item.name}</bdi>
            </h2>
            {item.description && (
              <p class="soft">
                <bdi>{item.description}</bdi>
              </p>
            )}
            <p class="price">
              <span class="hidden-but-read">{words.salePrice} </span>
              <strong>{money(item.sale_minor, sale.currency)}</strong>{' '}
              {item.sale_minor < item.list_minor && (
                <>
                  <span class="hidden-but-read">{words.listPrice} </span>
                  <s>{money(item.list_minor, sale.currency)}</s>
                </>
              )}
            </p>
            {item.tier !== undefined && <p class="soft">{words.tier(number(item.tier))}</p>}
            <Stock item={item} mayWait={!isOver(sale.status)} />
          </div>
        </li>
      ))}
    </ul>
  );
}

function Stock({ item, mayWait }: { item: Item; mayWait: boolean }) {
  if (item.sold_out) return <p class="soft">{words.soldOut}</p>;
  const left = words.left(number(item.left), number(item.allocated));
  const waiting = number(item.standby_len);
  const isTaken = item.left === 0 && item.held > 0;
  return (
    <>
      <progress class="stock" max={Math.max(1, item.allocated)} value={item.left} aria-hidden="true" />
      <p class="soft" data-left={item.left}>
        {isTaken && mayWait ? words.standbyOpen(waiting) : left}
        {item.left > 0 && item.standby_len > 0 && ` ${words.standbyFirst(waiting)}`}
      </p>
    </>
  );
}
