import { words } from '../i18n/admin';
import { money, number } from '../i18n/locale';
import { emptyCut, type CutDraft, type CutKind, type ItemDraft } from './draft';
import { AmountField, Choice, CountField, Field, Group, PercentField } from './fields';
import type { Product } from './types';

const text = words.item;
const CUTS = Object.entries(text.cuts) as [CutKind, string][];
const DISCOUNTS = Object.entries(text.discounts) as [ItemDraft['discount'], string][];

interface ItemProps {
  number: number;
  item: ItemDraft;
  /** Why the server did not take a field of it. */
  refused: (field: string) => string | undefined;
  currency: string;
  products: Product[];
  set: (item: ItemDraft) => void;
  remove: (() => void) | undefined;
}

export function ItemFields({ number: at, item, refused, currency, products, set, remove }: ItemProps) {
  const product = products.find(({ sku }) => sku === item.sku);
  const put = (part: Partial<ItemDraft>): void => set({ ...item, ...part });
  const putTier = (tierAt: number, part: Partial<ItemDraft['tiers'][number]>): void =>
    put({ tiers: item.tiers.map((tier, index) => (index === tierAt ? { ...tier, ...part } : tier)) });
  // By itself, or by the price that it makes.
  const refusedCut = (of: string): string | undefined => refused(`${of}.cut`) ?? refused(of);
  return (
    <Group title={text.title(number(at))}>
      <div class="grid">
        <Choice
          label={text.product}
          value={item.sku}
          set={(sku) => put({ sku })}
          options={[
            ['', text.newProduct],
            // One of more products than are listed, or made a moment ago.
            ...(item.sku && !product ? [[item.sku, item.sku] as const] : []),
            ...products.map(({ sku, name }) => [sku, `${name} (${sku})`] as const),
          ]}
        />
        {!item.sku && (
          <>
            <Field label={text.sku} value={item.newSku} refused={refused('sku')} set={(newSku) => put({ newSku })} required />
            <Field label={text.productName} value={item.newName} refused={refused('name')} set={(newName) => put({ newName })} required />
            <Field
              label={text.picture}
              value={item.newPicture}
              refused={refused('image_url')}
              set={(newPicture) => put({ newPicture })}
              hint={text.pictureHint}
            />
          </>
        )}
        <AmountField
          label={item.sku ? text.listPriceOptional : text.listPrice}
          currency={currency}
          value={item.list}
          refused={refused('list_minor')}
          set={(list) => put({ list })}
          required={!item.sku}
          {...(product && { hint: text.productsPrice(money(product.list_minor, product.currency)) })}
        />
        <CountField label={text.allocation} min={0} value={item.allocation} refused={refused('allocation')} set={(allocation) => put({ allocation })} required />
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
              <CountField label={text.units} min={1} value={tier.units} set={(units) => putTier(index, { units })} required />
            )}
            <CutFields
              cut={tier}
              currency={currency}
              refused={refusedCut(item.discount === 'flat' ? 'discount.flat' : `discount.tiers[${index}]`)}
              set={(cut) => putTier(index, cut)}
            />
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

interface CutProps {
  cut: CutDraft;
  currency: string;
  refused?: string | undefined;
  set: (cut: CutDraft) => void;
}

export function CutFields({ cut, currency, refused, set }: CutProps) {
  const put = (amount: string): void => set({ kind: cut.kind, amount });
  return (
    <>
      <Choice label={text.rule} value={cut.kind} set={(kind) => set({ kind, amount: cut.amount })} options={CUTS} />
      {cut.kind === 'percent_off' ? (
        <PercentField label={text.percent} value={cut.amount} refused={refused} set={put} required />
      ) : (
        <AmountField label={text.amount} currency={currency} value={cut.amount} refused={refused} set={put} required />
      )}
    </>
  );
}
