import { useState } from 'preact/hooks';
import { money } from '../../i18n/locale';
import { words } from '../../i18n/products';
import { Problem } from '../../shared/api';
import { AmountField, CurrencyField, Field } from '../fields';
import { useAction } from '../hooks';
import { Dialog, Trouble } from '../parts';
import { refusedOf, type Refused } from '../refused';
import { alter, ask, change } from '../session';
import type { Product } from '../types';
import { changesOf, draftOf, specOf, type Draft } from './draft';
import { PictureField } from './PictureField';
import { Thumbnail } from './Thumbnail';

/** A product: a new one, or one that is mended. */
export function ProductDialog({ product, close }: { product: Product | undefined; close: () => void }) {
  const [base, setBase] = useState(product);
  const [draft, setDraft] = useState(() => draftOf(product));
  /** What somebody else made of it meanwhile, until it is decided whose counts. */
  const [theirs, setTheirs] = useState<Product>();
  const [refused, setRefused] = useState<Refused>({});
  const [isUploading, setUploading] = useState(false);
  const { busy, problem, act } = useAction();
  const put = (part: Partial<Draft>): void => setDraft((draft) => ({ ...draft, ...part }));
  const send = async (): Promise<void> => {
    setRefused({});
    try {
      if (!base) await change('/products', specOf(draft));
      else {
        const changes = changesOf(draft, base);
        if (Object.keys(changes).length > 0) await alter(`/products/${base.id}`, changes, base.version);
      }
    } catch (error) {
      const { kind, detail } = Problem.of(error);
      if (kind === 'stale' && base) return setTheirs(await ask<Product>(`/products/${base.id}`));
      if (kind === 'invalid' || kind === 'conflict') setRefused(refusedOf(detail));
      throw error;
    }
    close();
  };
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void act(send);
  };
  const decide = (draft: Draft): void => {
    setBase(theirs);
    setDraft(draft);
    setTheirs(undefined);
  };
  return (
    <Dialog title={product ? words.editTitle : words.create} close={close}>
      <Trouble text={problem} />
      {theirs && <Theirs product={theirs} take={() => decide(draftOf(theirs))} keep={() => decide(draft)} />}
      <form class="fields" onSubmit={submit}>
        {base ?
          <p class="id">{`${words.sku}: ${base.sku}`}</p>
        : <Field label={words.sku} value={draft.sku} set={(sku) => put({ sku })} hint={words.skuHint} refused={refused['sku']} required />}
        <Field label={words.name} value={draft.name} set={(name) => put({ name })} refused={refused['name']} required />
        <label>
          {words.description}
          <textarea value={draft.description} onInput={(input) => put({ description: input.currentTarget.value })} />
          {refused['description'] && <small class="bad">{refused['description']}</small>}
        </label>
        <PictureField value={draft.picture} set={(picture) => put({ picture })} setBusy={setUploading} refused={refused['image_url']} />
        {!base && (
          <CurrencyField value={draft.currency} set={(currency) => put({ currency })} refused={refused['currency']} />
        )}
        <AmountField label={words.listPrice} currency={draft.currency} value={draft.list} set={(list) => put({ list })} refused={refused['list_minor']} required />
        {base && <p>{words.inSales}</p>}
        <button class="primary" type="submit" disabled={busy || isUploading || theirs !== undefined}>
          {base ? words.save : words.createNow}
        </button>
      </form>
    </Dialog>
  );
}

/** What is there now, and what to do with it. */
function Theirs({ product, take, keep }: { product: Product; take: () => void; keep: () => void }) {
  return (
    <div class="notice bad" role="alert">
      <p>{words.stale}</p>
      <Thumbnail src={product.image_url} />
      <p>
        <strong>
          <bdi>{product.name}</bdi>
        </strong>
        , {money(product.list_minor, product.currency)}
      </p>
      {product.description && <p>{product.description}</p>}
      <div class="buttons">
        <button type="button" onClick={take}>
          {words.takeTheirs}
        </button>
        <button type="button" onClick={keep}>
          {words.keepMine}
        </button>
      </div>
    </div>
  );
}
