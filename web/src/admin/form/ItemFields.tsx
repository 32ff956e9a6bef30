import { words } from '../../i18n/admin';
import { words as form } from '../../i18n/form';
import { money, number } from '../../i18n/locale';
import { emptyCut, isBlank, type ItemDraft } from '../draft';
import { AmountField, Choice, CountField, Field, Group } from '../fields';
import { PictureField } from '../products/PictureField';
import type { Product } from '../types';
import { CutFields } from './CutFields';
import { More } from './More';
import { ProductChoice } from './ProductChoice';
import { followed, isProposed, newMark } from './sku';

const text = words.item;
const DISCOUNTS = Object.entries(text.discounts) as [ItemDraft['discount'], string][];

interface ItemProps {
  number: number;
  item: ItemDraft;
  /** Why the server did not take a field of it. */
  refused: (field: string) => string | undefined;
  currency: string;
  products: Product[];
  set: (item: ItemDraft) => void;
  /** Whether a picture is on its way. */
  setBusy: (isBusy: boolean) => void;
  remove: (() => void) | undefined;
}

export function ItemFields({ number: at, item, refused, currency, products, set, setBusy, remove }: ItemProps) {
  const product = products.find(({ sku }) => sku === item.sku);
  const put = (part: Partial<ItemDraft>): void => set({ ...item, ...part });
  const putTier = (tierAt: number, part: Partial<ItemDraft['tiers'][number]>): void =>
    put({ tiers: item.tiers.map((tier, index) => (index === tierAt ? { ...tier, ...part } : tier)) });
  // By itself, or by the price that it makes.
  const refusedCut = (of: string): string | undefined => refused(`${of}.cut`) ?? refused(of);
  return (
    <Group title={text.title(number(at))}>
      <div class="grid">
        <ProductChoice sku={item.sku} products={products.filter((product) => product.currency === currency)} others={products.filter((product) => product.currency !== currency)} set={(sku) => put({ sku })} />
        {!item.sku && (
          <>
            <Field
              label={text.productName}
              value={item.newName}
              refused={refused('name')}
              set={(newName) => put({ newName, newSku: followed(item.newSku, item.newName, newName, newMark()) })}
              required
              waits={isBlank(item)}
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
          waits={isBlank(item)}
          {...(product && { hint: text.productsPrice(money(product.list_minor, product.currency)) })}
        />
        <CountField label={text.allocation} min={0} value={item.allocation} refused={refused('allocation')} set={(allocation) => put({ allocation })} required waits />
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
      {!item.sku && <PictureField value={item.newPicture} set={(newPicture) => put({ newPicture })} setBusy={setBusy} refused={refused('image_url')} />}
      {!item.sku && (
        <More isOpen={refused('sku') !== undefined || !isProposed(item.newSku, item.newName)}>
          <div class="grid">
            <Field label={text.sku} value={item.newSku} refused={refused('sku')} set={(newSku) => put({ newSku })} hint={form.skuProposed} required waits={isBlank(item)} />
          </div>
        </More>
      )}
      <p class="buttons">
        {item.discount === 'tiers' && (
          <button type="button" onClick={() => put({ tiers: [...item.tiers, { ...emptyCut, units: '' }] })}>
            {text.addTier}
          </button>
        )}
        {remove && (
          <button type="button" onClick={remove}>
            {text.remove(number(at))}
          </button>
        )}
      </p>
    </Group>
  );
}
