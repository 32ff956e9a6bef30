import { useEffect } from 'preact/hooks';
import { words } from '../i18n/shop';
import { go } from './router';

/** Nothing is at this address: no sale, or no page at all. */
export function Nothing({ of }: { of: 'sale' | 'page' }) {
  const [heading, text] = of === 'sale' ? [words.noSuchSale, words.noSuchSaleText] : [words.noSuchPage, words.noSuchPageText];
  useEffect(() => {
    document.title = heading;
  }, [heading]);
  return (
    <>
      <h1>{heading}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href="/" onClick={go}>
          {words.back}
        </a>
      </p>
    </>
  );
}
