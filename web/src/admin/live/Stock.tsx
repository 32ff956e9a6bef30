import { words as admin } from '../../i18n/admin';
import { money, number } from '../../i18n/locale';
import { ItemName } from '../ItemName';
import { Table } from '../parts';
import type { Figures } from '../types';

const text = admin.live;
const count = (value: number | undefined): string => (value === undefined ? '–' : number(value));

/** Each item: a bar of what is sold, held and left, and the same in numbers. */
export function Stock({ figures }: { figures: Pick<Figures, 'items' | 'currency'> }) {
  return (
    <Table label={text.stockLabel} head={text.stockHead}>
      {figures.items.map((item) => (
        <tr key={item.sku}>
          <th scope="row" class="product">
            <ItemName name={item.name} sku={item.sku} />
            <Bar item={item} />
          </th>
          <td>{number(item.allocation)}</td>
          <td>{count(item.left)}</td>
          <td>{count(item.held)}</td>
          <td>{count(item.sold)}</td>
          <td>
            {count(item.standby_len)} {item.behind_len ? text.behindToo(number(item.behind_len)) : ''}
          </td>
          <td>{item.sold_minor === undefined ? '–' : money(item.sold_minor, figures.currency)}</td>
        </tr>
      ))}
    </Table>
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
