import { number } from '../i18n/locale';
import { words } from '../i18n/shop';
import type { Item } from './types';

/** From then on it is said with more weight. */
const FEW = 0.1;

/** What is left of an item, and who waits for it. */
export function Stock({ item }: { item: Item }) {
  if (item.sold_out) return <p class="soft">{words.soldOut}</p>;
  const left = words.left(number(item.left), number(item.allocated));
  const waiting = number(item.standby_len);
  const isTaken = item.left === 0 && item.held > 0;
  const isFew = item.left > 0 && item.left <= item.allocated * FEW;
  return (
    <div class={isFew ? 'stock few' : 'stock'}>
      <progress max={Math.max(1, item.allocated)} value={item.left} aria-hidden="true" />
      <p data-left={item.left}>
        {isTaken ? words.standbyOpen(waiting) : left}
        {item.left > 0 && item.standby_len > 0 && ` ${words.standbyFirst(waiting)}`}
      </p>
    </div>
  );
}
