import { words } from '../i18n/shop';
import { Picture } from './Picture';
import { Ladder, Price } from './Price';
import { isOver } from './states';
import { Stock } from './Stock';
import type { Item, Sale } from './types';

export interface Choice {
  sku: string;
  choose: (sku: string) => void;
  /** Of the form that it belongs to. */
  form: string;
}

interface Props {
  sale: Sale;
  /** The figures change as they are told. */
  isLive: boolean;
  /** Where one of them is to be chosen. */
  choice?: Choice | undefined;
}

/** What the sale is of. Where there is more than one item, and something to choose, each card is a radio button. */
export function ItemList({ sale, isLive, choice }: Props) {
  const { items } = sale;
  const mayChoose = choice && items.length > 1 ? choice : undefined;
  const list = (
    <ul class={items.length === 1 ? 'items single' : 'items'} data-live={isLive}>
      {items.map((item, at) => (
        <Card key={item.sku} item={item} id={`item-${at}`} sale={sale} choice={mayChoose} />
      ))}
    </ul>
  );
  if (!mayChoose) return list;
  return (
    <fieldset>
      <legend>{words.choose}</legend>
      {list}
    </fieldset>
  );
}

function Card({ item, id, sale, choice }: { item: Item; id: string; sale: Sale; choice: Choice | undefined }) {
  // Afterwards nothing is left for anybody, whatever was.
  const isOn = !isOver(sale.status);
  const name = <bdi>{item.name}</bdi>;
  return (
    <li class={`card item${item.sold_out ? ' gone' : ''}`}>
      <Picture src={item.image_url} lazy />
      <div class="item-said">
        <h2>
          {choice ? (
            <label class="cover" for={id}>
              {name}
            </label>
          ) : (
            name
          )}
        </h2>
        {item.description && (
          <p class="soft about">
            <bdi>{item.description}</bdi>
          </p>
        )}
        <div id={`${id}-terms`}>
          <Price item={item} currency={sale.currency} />
          {isOn && <Stock item={item} />}
        </div>
        {isOn && !item.sold_out && <Ladder item={item} currency={sale.currency} />}
      </div>
      {choice && (
        <input
          type="radio"
          id={id}
          name="sku"
          form={choice.form}
          value={item.sku}
          checked={choice.sku === item.sku}
          disabled={item.sold_out}
          aria-describedby={`${id}-terms`}
          onChange={() => choice.choose(item.sku)}
        />
      )}
    </li>
  );
}
