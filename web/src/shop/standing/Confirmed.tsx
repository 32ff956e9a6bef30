import { words } from '../../i18n/shop';
import { isAtShop } from '../atShop';
import { Bill } from '../Bill';
import { go } from '../router';
import type { Shell } from '../shell';
import { isRefunded, saidOfRefund, titleOf } from '../titles';
import type { Attempt, Sale } from '../types';
import { Anew } from './Anew';
import { Frame } from './Frame';

export function Confirmed({ shell, sale, attempt }: { shell: Shell; sale: Sale; attempt: Attempt }) {
  const { order, price } = attempt;
  const refund = saidOfRefund(attempt);
  const thanks = isAtShop(sale) ? words.confirmedAtShop : price?.total_minor === 0 ? words.confirmedFree : words.confirmedText;
  return (
    <Frame shell={shell} state="confirmed" title={titleOf(attempt, sale)}>
      {!order?.refund_failed && !isRefunded(attempt) && (
        <p class="notice good">
          {thanks} {!order && words.confirmedSoon}
        </p>
      )}
      {refund && <p class={`notice ${order?.refund_failed ? 'bad' : ''}`}>{refund}</p>}
      {order && (
        <p>
          {words.orderNumber}: <strong data-order={order.number}>{order.number}</strong>
        </p>
      )}
      {order?.reference && (
        <p>
          {words.shopReference}: <bdi>{order.reference}</bdi>
        </p>
      )}
      {price && <Bill price={price} />}
      {order && (
        <p>
          <a class="button" href={`/orders/${order.order_id}`} onClick={go}>
            {words.receipt}
          </a>
        </p>
      )}
      <Anew shell={shell} sale={sale} label={words.buyMore} />
    </Frame>
  );
}
