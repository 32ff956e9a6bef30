import { useEffect } from 'preact/hooks';
import { words } from '../i18n/shop';
import { go } from './router';

export function NoSale() {
  useEffect(() => {
    document.title = words.noSuchSale;
  }, []);
  return (
    <>
      <h1>{words.noSuchSale}</h1>
      <p>{words.noSuchSaleText}</p>
      <p>
        <a class="button" href="/" onClick={go}>
          {words.back}
        </a>
      </p>
    </>
  );
}
