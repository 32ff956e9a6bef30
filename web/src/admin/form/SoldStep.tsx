import { words } from '../../i18n/admin';
import { words as desk } from '../../i18n/desk';
import { emptyItem, type Draft, type ItemDraft } from '../draft';
import { AreaField, CurrencyField, Field, Group } from '../fields';
import type { Refused } from '../refused';
import type { Product } from '../types';
import { ItemFields } from './ItemFields';

const text = words.form;

export interface StepProps {
  draft: Draft;
  refused: Refused;
  put: (part: Partial<Draft>) => void;
}

interface Props extends StepProps {
  isScheduled: boolean;
  /** Whether a picture is on its way: what is saved meanwhile would be without it. */
  setBusy: (isBusy: boolean) => void;
  products: Product[];
  putItem: (at: number, item: ItemDraft) => void;
}

/** What is sold: the sale's own words, and its items. */
export function SoldStep({ draft, refused, put, products, putItem, isScheduled, setBusy }: Props) {
  return (
    <>
      <Group title={text.sale}>
        <div class="grid">
          <Field label={text.name} value={draft.name} refused={refused['name']} set={(name) => put({ name })} required />
          <CurrencyField value={draft.currency} refused={refused['currency']} set={(currency) => put({ currency })} />
        </div>
        <AreaField label={text.description} value={draft.description} refused={refused['description']} set={(description) => put({ description })} />
      </Group>
      {draft.items.map((item, index) => (
        <ItemFields
          key={index}
          number={index + 1}
          item={item}
          refused={(field) => refused[`items[${index}].${field}`]}
          currency={draft.currency}
          products={products}
          set={(changed) => putItem(index, changed)}
          setBusy={setBusy}
          remove={draft.items.length > 1 || !isScheduled ? () => put({ items: draft.items.filter((_, at) => at !== index) }) : undefined}
        />
      ))}
      {draft.items.length === 0 &&
        (refused['items'] ? (
          <p class="notice bad" role="alert">
            {refused['items']}
          </p>
        ) : (
          <p>{desk.draft.noItems}</p>
        ))}
      <p>
        <button type="button" onClick={() => put({ items: [...draft.items, emptyItem] })}>
          {text.addItem}
        </button>
      </p>
    </>
  );
}
