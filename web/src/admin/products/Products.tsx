import { useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { money } from '../../i18n/locale';
import { words } from '../../i18n/products';
import { useFilters } from '../address';
import { Field } from '../fields';
import { useAction, useLoad } from '../hooks';
import { Pages, Table, Title, Trouble } from '../parts';
import { ask, may } from '../session';
import type { Product, ProductList } from '../types';
import { saveFile } from '../saveFile';
import { Import } from './Import';
import { ProductDialog } from './ProductDialog';
import { Thumbnail } from './Thumbnail';

const PAGE = 50;
const LOOK_EVERY_MS = 5_000;
const FILTERS = ['q', 'before'] as const;

/** What can be put into sales. */
export function Products() {
  const { values, set, isAny } = useFilters(FILTERS);
  const { q, before } = values;
  const page = new URLSearchParams({ limit: String(PAGE), ...(q && { q }), ...(before && { before }) }).toString();
  const { value, problem, look } = useLoad(() => ask<ProductList>(`/products?${page}`), [page], LOOK_EVERY_MS);
  const [edited, setEdited] = useState<Product | 'new'>();
  const [isImporting, setImporting] = useState(false);
  const csv = useAction();
  const products = value?.products ?? [];
  return (
    <>
      <Title text={admin.places.products}>
        <div class="buttons">
          <button type="button" disabled={csv.busy} onClick={() => void csv.act(() => saveFile('/products.csv', 'products.csv', words.exportFailed))}>
            {words.exportCsv}
          </button>
          {may('run') && (
            <>
              <button type="button" onClick={() => setImporting(true)}>
                {words.importCsv}
              </button>
              <button class="primary" type="button" onClick={() => setEdited('new')}>
                {words.create}
              </button>
            </>
          )}
        </div>
      </Title>
      <div class="grid" role="search">
        <Field label={words.search} type="search" value={q} set={(q) => set({ q, before: '' }, true)} hint={words.searchHint} />
        {q && (
          <button type="button" onClick={() => set({ q: '', before: '' })}>
            {words.clear}
          </button>
        )}
      </div>
      <Trouble text={problem || csv.problem} />
      {value && products.length === 0 && <p>{isAny ? words.none : words.noneYet}</p>}
      {products.length > 0 && (
        <Table label={admin.places.products} head={may('run') ? words.head : words.head.slice(0, -1)} amounts={[3]}>
          {products.map((product) => (
            <tr key={product.id}>
              <td>
                <Thumbnail src={product.image_url} />
              </td>
              <th scope="row" class="name">
                <bdi>{product.name}</bdi>
              </th>
              <td class="id">{product.sku}</td>
              <td class="amount">{money(product.list_minor, product.currency)}</td>
              {may('run') && (
                <td>
                  <button type="button" aria-label={words.editOf(product.name)} onClick={() => setEdited(product)}>
                    {words.edit}
                  </button>
                </td>
              )}
            </tr>
          ))}
        </Table>
      )}
      <Pages rows={value?.products} page={PAGE} idOf={(product) => product.id} before={before} go={(before) => set({ before })} />
      {edited && <ProductDialog product={edited === 'new' ? undefined : edited} close={() => (setEdited(undefined), void look())} />}
      {isImporting && <Import close={() => (setImporting(false), void look())} />}
    </>
  );
}
