import { words as admin } from '../../i18n/admin';
import { money, number } from '../../i18n/locale';
import { ItemName } from '../ItemName';
import { Cell, Table } from '../parts';
import type { Figures } from '../types';

const text = admin.live;
const count = (value: number | undefined): string => (value === undefined ? '–' : number(value));

/** Each item: a bar of what is sold, held and left, and the same in numbers. */
export function Stock({ figures }: { figures: Pick<Figures, 'items' | 'currency'> }) {
  return (
    <div class="as-cards"><Table label={text.stockLabel} head={text.stockHead}>
      {figures.items.map((item) => (
        <tr key={item.sku}>
          <th scope="row" class="product">
            <ItemName name={item.name} sku={item.sku} />
            <Bar item={item} />
          </th>
          <Cell of={text.stockHead[1]} amount={false}>{number(item.allocation)}</Cell>
          <Cell of={text.stockHead[2]} amount={false}>{count(item.left)}</Cell>
          <Cell of={text.stockHead[3]} amount={false}>{count(item.held)}</Cell>
          <Cell of={text.stockHead[4]} amount={false}>{count(item.sold)}</Cell>
          <Cell of={text.stockHead[5]} amount={false}>
            {count(item.standby_len)} {item.behind_len ? text.behindToo(number(item.behind_len)) : ''}
          </Cell>
          <Cell of={text.stockHead[6]} amount={false}>{item.sold_minor === undefined ? '–' : money(item.sold_minor, figures.currency)}</Cell>
        </tr>
      ))}
    </Table></div>
  );
}

/** Where nothing is known, there is none. */
function Bar({ item: { allocated, sold, held } }: { item: Figures['items'][number] }) {
  if (!allocated || sold === undefined || held === undefined) return null;
  const share = (units: number): string => `${(100 * units) / allocated}%`;
  return (
    <span class="bar" aria-hidden="true">
      <i class="sold" style={{ width: share(sold) }} />
      <i class="held" style={{ width: share(held) }} />
    </span>
  );
}
