import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { emptyCut, type CutDraft, type CutKind, type ItemDraft } from './draft';
import { Choice, Field, Group } from './fields';
import type { Product } from './types';

const text = words.item;
const CUTS = Object.entries(text.cuts) as [CutKind, string][];
const DISCOUNTS = Object.entries(text.discounts) as [ItemDraft['discount'], string][];

interface ItemProps {
  number: number;
  item: ItemDraft;
  products: Product[];
  set: (item: ItemDraft) => void;
  remove: (() => void) | undefined;
}

export function ItemFields({ number: at, item, products, set, remove }: ItemProps) {
  const put = (part: Partial<ItemDraft>): void => set({ ...item, ...part });
  const putTier = (tierAt: number, part: Partial<ItemDraft['tiers'][number]>): void =>
    put({ tiers: item.tiers.map((tier, index) => (index === tierAt ? { ...tier, ...part } : tier)) });
  return (
    <Group title={text.title(number(at))}>
      <div class="grid">
        <Choice
          label={text.product}
          value={item.sku}
          set={(sku) => put({ sku })}
          options={[['', text.newProduct], ...products.map(({ sku, name }) => [sku, `${name} (${sku})`] as const)]}
        />
        {!item.sku && (
          <>
            <Field label={text.sku} value={item.newSku} set={(newSku) => put({ newSku })} required />
            <Field label={text.productName} value={item.newName} set={(newName) => put({ newName })} required />
            <Field
              label={text.picture}
              value={item.newPicture}
              set={(newPicture) => put({ newPicture })}
              hint={text.pictureHint}
            />
          </>
        )}
        <Field
          label={item.sku ? text.listPriceOptional : text.listPrice}
          value={item.list}
          set={(list) => put({ list })}
          required={!item.sku}
        />
        <Field label={text.allocation} type="number" min={0} value={item.allocation} set={(allocation) => put({ allocation })} required />
        <Choice
          label={text.discount}
          value={item.discount}
          set={(discount) => put({ discount, tiers: discount === 'flat' ? item.tiers.slice(0, 1) : item.tiers })}
          options={DISCOUNTS}
        />
      </div>
      {item.discount !== 'none' &&
        item.tiers.map((tier, index) => (
          <div class="grid" key={index} role="group" aria-label={item.discount === 'tiers' ? text.tier(number(index + 1)) : text.discount}>
            {item.discount === 'tiers' && (
              <Field label={text.units} type="number" min={1} value={tier.units} set={(units) => putTier(index, { units })} required />
            )}
            <CutFields cut={tier} set={(cut) => putTier(index, cut)} />
            {item.discount === 'tiers' && item.tiers.length > 1 && (
              <button type="button" onClick={() => put({ tiers: item.tiers.filter((_, at) => at !== index) })}>
                {text.removeTier(number(index + 1))}
              </button>
            )}
          </div>
        ))}
      <p>
        {item.discount === 'tiers' && (
          <button type="button" onClick={() => put({ tiers: [...item.tiers, { ...emptyCut, units: '' }] })}>
            {text.addTier}
          </button>
        )}{' '}
        {remove && (
          <button type="button" onClick={remove}>
            {text.remove(number(at))}
          </button>
        )}
      </p>
    </Group>
  );
}

export function CutFields({ cut, set }: { cut: CutDraft; set: (cut: CutDraft) => void }) {
  return (
    <>
      <Choice label={text.rule} value={cut.kind} set={(kind) => set({ kind, amount: cut.amount })} options={CUTS} />
      <Field
        label={cut.kind === 'percent_off' ? text.percent : text.amount}
        value={cut.amount}
        set={(amount) => set({ kind: cut.kind, amount })}
        required
      />
    </>
  );
}
