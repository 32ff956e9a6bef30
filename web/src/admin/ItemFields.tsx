import { emptyCut, type CutDraft, type CutKind, type ItemDraft } from './draft';
import { Choice, Field, Group } from './fields';
import type { Product } from './types';

const CUTS: readonly (readonly [CutKind, string])[] = [
  ['percent_off', 'Percent off'],
  ['amount_off', 'Amount off'],
  ['fixed_price', 'Fixed price'],
];

interface ItemProps {
  number: number;
  item: ItemDraft;
  products: Product[];
  set: (item: ItemDraft) => void;
  remove: (() => void) | undefined;
}

export function ItemFields({ number, item, products, set, remove }: ItemProps) {
  const put = (part: Partial<ItemDraft>): void => set({ ...item, ...part });
  const putTier = (at: number, part: Partial<ItemDraft['tiers'][number]>): void =>
    put({ tiers: item.tiers.map((tier, index) => (index === at ? { ...tier, ...part } : tier)) });
  return (
    <Group title={`Item ${number}`}>
      <div class="grid">
        <Choice
          label="Product"
          value={item.sku}
          set={(sku) => put({ sku })}
          options={[['', 'A new product'], ...products.map(({ sku, name }) => [sku, `${name} (${sku})`] as const)]}
        />
        {!item.sku && (
          <>
            <Field label="SKU" value={item.newSku} set={(newSku) => put({ newSku })} required />
            <Field label="Product name" value={item.newName} set={(newName) => put({ newName })} required />
            <Field
              label="Picture (optional)"
              value={item.newPicture}
              set={(newPicture) => put({ newPicture })}
              hint="A path on this server, or an https address"
            />
          </>
        )}
        <Field
          label={item.sku ? 'List price (optional)' : 'List price'}
          value={item.list}
          set={(list) => put({ list })}
          required={!item.sku}
        />
        <Field label="Allocation" type="number" min={0} value={item.allocation} set={(allocation) => put({ allocation })} required />
        <Choice
          label="Discount"
          value={item.discount}
          set={(discount) => put({ discount, tiers: discount === 'flat' ? item.tiers.slice(0, 1) : item.tiers })}
          options={[
            ['none', 'None'],
            ['flat', 'The same for all units'],
            ['tiers', 'Tiers by units sold'],
          ]}
        />
      </div>
      {item.discount !== 'none' &&
        item.tiers.map((tier, index) => (
          <div class="grid" key={index} role="group" aria-label={item.discount === 'tiers' ? `Tier ${index + 1}` : 'Discount'}>
            {item.discount === 'tiers' && (
              <Field label="Units" type="number" min={1} value={tier.units} set={(units) => putTier(index, { units })} required />
            )}
            <CutFields cut={tier} set={(cut) => putTier(index, cut)} />
            {item.discount === 'tiers' && item.tiers.length > 1 && (
              <button type="button" onClick={() => put({ tiers: item.tiers.filter((_, at) => at !== index) })}>
                Remove tier {index + 1}
              </button>
            )}
          </div>
        ))}
      <p>
        {item.discount === 'tiers' && (
          <button type="button" onClick={() => put({ tiers: [...item.tiers, { ...emptyCut, units: '' }] })}>
            Add a tier
          </button>
        )}{' '}
        {remove && (
          <button type="button" onClick={remove}>
            Remove item {number}
          </button>
        )}
      </p>
    </Group>
  );
}

export function CutFields({ cut, set }: { cut: CutDraft; set: (cut: CutDraft) => void }) {
  return (
    <>
      <Choice label="Rule" value={cut.kind} set={(kind) => set({ kind, amount: cut.amount })} options={CUTS} />
      <Field
        label={cut.kind === 'percent_off' ? 'Percent' : 'Amount'}
        value={cut.amount}
        set={(amount) => set({ kind: cut.kind, amount })}
        required
      />
    </>
  );
}
