import { render } from 'preact';
import { announceLanguage } from '../i18n/locale';
import { words } from '../i18n/shop';
import '../shared/base.css';
import { NoSale } from './NoSale';
import { SaleList } from './SaleList';
import { SalePage } from './SalePage';
import { go, isEvent, useEvent } from './router';
import './shop.css';

function Page() {
  const event = useEvent();
  return (
    <>
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <header class="top">
        <a class="brand" href="/" onClick={go}>
          <img src="/images/flashline.svg" alt="" width="28" height="28" /> Flashline
        </a>
        {event && (
          <a href="/" onClick={go}>
            {words.back}
          </a>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {!event ? <SaleList /> : isEvent(event) ? <SalePage key={event} event={event} /> : <NoSale />}
      </main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
if (page) render(<Page />, page);
