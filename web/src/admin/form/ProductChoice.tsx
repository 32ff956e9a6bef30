import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { words as form } from '../../i18n/form';
import { isolate, money } from '../../i18n/locale';
import type { Product } from '../types';
import { found } from './found';

const text = words.item;
/** More are found by typing more. */
const SHOWN_MAX = 50;
/** Of those in other currencies, some are enough. */
const OTHERS_MAX = 3;

interface Props {
  /** Empty for a new product. */
  sku: string;
  products: readonly Product[];
  /** Those that this sale cannot have, since its currency is another. */
  others: readonly Product[];
  set: (sku: string) => void;
}

/** A product, found by what is typed of it: a combobox with a list, as in the ARIA Authoring Practices. */
export function ProductChoice({ sku, products, others, set }: Props) {
  const [input, list, hint] = [useId(), useId(), useId()];
  const box = useRef<HTMLInputElement>(null);
  /** What is typed; nothing while nobody looks for another. */
  const [typed, setTyped] = useState<string>();
  const [at, setAt] = useState(0);
  const chosen = products.find((product) => product.sku === sku);
  // One of more products than are listed, or made a moment ago, has its SKU alone.
  const shown = sku ? (chosen?.name ?? sku) : text.newProduct;
  const matching = typed === undefined ? [] : found(products, typed, SHOWN_MAX);
  const options = ['', ...matching.map((product) => product.sku)];
  const isOpen = typed !== undefined;
  const active = Math.min(at, options.length - 1);
  // Whoever goes on typing looks for another.
  useEffect(() => {
    if (!isOpen && document.activeElement === box.current) box.current?.select();
  }, [isOpen, shown]);
  const open = (typed: string): void => {
    setTyped(typed);
    setAt(typed.trim() && found(products, typed, 1).length ? 1 : 0);
  };
  const choose = (sku: string): void => {
    setTyped(undefined);
    set(sku);
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (!isOpen) return open('');
      const next = (active + (event.key === 'ArrowDown' ? 1 : -1) + options.length) % options.length;
      setAt(next);
      document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault();
      choose(options[active] ?? '');
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      setTyped(undefined);
    }
  };
  return (
    <div class="field product-choice" onFocusOut={() => setTyped(undefined)}>
      <label for={input}>{text.product}</label>
      <div class="chosen">
        {chosen?.image_url && !isOpen && <Thumb src={chosen.image_url} />}
        <input
          ref={box}
          id={input}
          type="text"
          role="combobox"
          autocomplete="off"
          aria-expanded={isOpen}
          aria-controls={isOpen ? list : undefined}
          aria-autocomplete="list"
          aria-activedescendant={isOpen ? `${list}-${active}` : undefined}
          aria-describedby={hint}
          value={typed ?? shown}
          placeholder={isOpen ? shown : undefined}
          onFocus={(focus) => focus.currentTarget.select()}
          onClick={() => !isOpen && open('')}
          onInput={(input) => open(input.currentTarget.value)}
          onKeyDown={press}
        />
      </div>
      <small id={hint}>{isOpen && matching.length === 0 ? (typed.trim() ? noneOf(found(others, typed, OTHERS_MAX)) : form.searchHint) : chosen && !isOpen ? `${chosen.sku} · ${money(chosen.list_minor, chosen.currency)}` : form.searchHint}</small>
      {isOpen && (
        <ul id={list} role="listbox" aria-label={text.product}>
          {options.map((option, index) => {
            const product = products.find((one) => one.sku === option);
            return (
              <li
                key={option}
                id={`${list}-${index}`}
                role="option"
                aria-selected={index === active}
                // The field keeps the focus.
                onMouseDown={(press) => press.preventDefault()}
                onClick={() => choose(option)}
              >
                {product?.image_url ? <Thumb src={product.image_url} /> : <span class="thumb" aria-hidden="true">{option ? '' : '+'}</span>}
                <span>
                  <bdi>{product?.name ?? text.newProduct}</bdi>
                  {product && (
                    <small>
                      <bdi>{product.sku}</bdi> · {money(product.list_minor, product.currency)}
                    </small>
                  )}
                </span>
              </li>
            );
          })}
        </ul>
      )}
    </div>
  );
}

/** That no product is found, and which there are in another currency. */
const noneOf = (others: readonly Product[]): string =>
  others.length === 0 ? form.noneFound : form.otherCurrency(others.map(({ name, currency }) => `${isolate(name)} (${currency})`).join(', '));

/** One that cannot be had leaves an empty frame. */
function Thumb({ src }: { src: string }) {
  const [isMissing, miss] = useState(false);
  return isMissing ? <span class="thumb" aria-hidden="true" /> : <img class="thumb" src={src} alt="" width="40" height="40" loading="lazy" onError={() => miss(true)} />;
}
