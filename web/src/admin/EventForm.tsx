import { useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { number } from '../i18n/locale';
import { draftOf, emptyCut, emptyDraft, emptyItem, skuOf, specOf, troubleWith, type Draft, type ItemDraft } from './draft';
import { Choice, Field, Group } from './fields';
import { useAction, useLoad } from './hooks';
import { CutFields, ItemFields } from './ItemFields';
import { minor } from './money';
import { Title, Trouble } from './parts';
import { ask, change } from './session';
import type { Product, SaleEvent } from './types';

const text = words.form;

/** A new sale, or one that has not opened yet. */
export function EventForm({ event }: { event?: string }) {
  const known = useLoad(
    async () => ({
      products: (await ask<{ products: Product[] }>('/products?limit=200')).products,
      draft: event ? draftOf(await ask<SaleEvent>(`/events/${event}`)) : emptyDraft(),
    }),
    [event],
  );
  return (
    <>
      <Title text={event ? text.edit : text.create} />
      <Trouble text={known.problem} />
      {known.value && <Form event={event} products={known.value.products} initial={known.value.draft} />}
    </>
  );
}

interface FormProps {
  event: string | undefined;
  products: Product[];
  initial: Draft;
}

function Form({ event, products, initial }: FormProps) {
  const [draft, setDraft] = useState(initial);
  const [trouble, setTrouble] = useState('');
  const { busy, problem, act } = useAction();
  const put = (part: Partial<Draft>): void => setDraft((before) => ({ ...before, ...part }));
  const putItem = (at: number, item: ItemDraft): void =>
    setDraft((before) => ({ ...before, items: before.items.map((old, index) => (index === at ? item : old)) }));

  const submit = async (submitted: SubmitEvent): Promise<void> => {
    submitted.preventDefault();
    const scheduled = (submitted.submitter as HTMLButtonElement | null)?.value === 'schedule';
    const found = troubleWith(draft);
    setTrouble(found);
    if (found) return;
    let saved = event;
    const done = await act(async () => {
      for (const [at, item] of draft.items.entries()) {
        if (item.sku) continue;
        await change('/products', {
          sku: skuOf(item), name: item.newName.trim(), description: '', currency: draft.currency,
          list_minor: minor(item.list, draft.currency), ...(item.newPicture && { image_url: item.newPicture.trim() }),
        });
        // Made now: a second try after a later problem must not make it again.
        putItem(at, { ...item, sku: skuOf(item) });
      }
      const spec = specOf(draft, scheduled);
      const made = event ? await change<SaleEvent>(`/events/${event}`, spec, 'PUT') : await change<SaleEvent>('/events', spec);
      saved = made.id;
    });
    if (done) location.hash = `#/events/${saved}`;
  };

  return (
    <form class="fields" onSubmit={(submitted) => void submit(submitted)}>
      <Group title={text.sale}>
        <div class="grid">
          <Field label={text.name} value={draft.name} set={(name) => put({ name })} required />
          <Field label={text.currency} value={draft.currency} set={(text) => put({ currency: text.toUpperCase() })} required />
          <Field label={text.opens} type="datetime-local" value={draft.opens} set={(opens) => put({ opens })} required />
          <Field label={text.closes} type="datetime-local" value={draft.closes} set={(closes) => put({ closes })} required />
        </div>
        <label>
          {text.description}
          <textarea value={draft.description} onInput={(input) => put({ description: input.currentTarget.value })} />
        </label>
      </Group>
      <Group title={text.rules}>
        <div class="grid">
          <Choice
            label={text.checkout}
            value={draft.checkout}
            set={(checkout) => put({ checkout })}
            options={[
              ['reservation', text.reservation],
              ['direct_order', text.directOrder],
            ]}
          />
          <Field label={text.holdSeconds} type="number" min={1} value={draft.holdSeconds} set={(holdSeconds) => put({ holdSeconds })} required />
          <Field label={text.perShopperMax} type="number" min={1} value={draft.perShopperMax} set={(perShopperMax) => put({ perShopperMax })} required />
          <Field label={text.quantityMax} type="number" min={1} value={draft.quantityMax} set={(quantityMax) => put({ quantityMax })} required />
          <Field label={text.standbyMax} type="number" min={0} value={draft.standbyMax} set={(standbyMax) => put({ standbyMax })} required />
          <Field label={text.paymentTries} type="number" min={1} value={draft.paymentTries} set={(paymentTries) => put({ paymentTries })} required />
        </div>
      </Group>
      {draft.items.map((item, index) => (
        <ItemFields
          key={index}
          number={index + 1}
          item={item}
          products={products.filter(({ currency }) => currency === draft.currency)}
          set={(changed) => putItem(index, changed)}
          remove={draft.items.length > 1 ? () => put({ items: draft.items.filter((_, at) => at !== index) }) : undefined}
        />
      ))}
      <p>
        <button type="button" onClick={() => put({ items: [...draft.items, emptyItem] })}>
          {text.addItem}
        </button>
      </p>
      <Group title={text.couponsAndAccess}>
        {draft.coupons.map((coupon, index) => {
          const set = (part: Partial<typeof coupon>): void =>
            put({ coupons: draft.coupons.map((before, at) => (at === index ? { ...before, ...part } : before)) });
          return (
            <div class="grid" key={index} role="group" aria-label={text.coupon(number(index + 1))}>
              <Field label={text.code} value={coupon.code} set={(code) => set({ code })} required />
              <CutFields cut={coupon} set={set} />
              <Field label={text.uses} type="number" min={1} value={coupon.usesMax} set={(usesMax) => set({ usesMax })} />
              <button type="button" onClick={() => put({ coupons: draft.coupons.filter((_, at) => at !== index) })}>
                {text.removeCoupon(number(index + 1))}
              </button>
            </div>
          );
        })}
        <p>
          <button type="button" onClick={() => put({ coupons: [...draft.coupons, { ...emptyCut, code: '', usesMax: '' }] })}>
            {text.addCoupon}
          </button>
        </p>
        <label>
          {text.accessCodes}
          <textarea value={draft.accessCodes} onInput={(input) => put({ accessCodes: input.currentTarget.value })} />
          {event && <small>{text.accessCodesKept}</small>}
        </label>
      </Group>
      <Trouble text={trouble || problem} />
      <p class="buttons">
        <button type="submit" value="draft" disabled={busy}>
          {text.saveDraft}
        </button>
        <button class="primary" type="submit" value="schedule" disabled={busy}>
          {text.schedule}
        </button>
      </p>
    </form>
  );
}
