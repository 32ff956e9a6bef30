import { Fragment, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announceLanguage, isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import '../shared/base.css';
import { arrive, isArrival, type Arrival } from './arrival';
import { Arrived } from './Arrived';
import { useShopper } from './hooks';
import { NoSale } from './NoSale';
import { SaleList } from './SaleList';
import { SalePage } from './SalePage';
import { go, isEvent, useEvent } from './router';
import './shop.css';

function Page({ arrival }: { arrival: Arrival | undefined }) {
  const event = useEvent();
  const { customer, successors } = useShopper();
  const [arrived, setArrived] = useState(arrival);
  useEffect(() => {
    const again = (): void => void (isArrival() && arrive().then(setArrived));
    addEventListener('hashchange', again);
    return () => removeEventListener('hashchange', again);
  }, []);
  return (
    <>
      <a class="skip" href="#content">
        {words.skip}
      </a>
      <header class="top">
        <a class="brand" href="/" onClick={go}>
          <img src="/images/flashline.svg" alt="" width="28" height="28" /> Flashline
        </a>
        {customer && (
          <span class="soft one-line" title={customer}>
            {words.signedInAs(isolate(customer))}
          </span>
        )}
        {event && (
          <a href="/" onClick={go}>
            {words.back}
          </a>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {arrived && <Arrived arrival={arrived} turn={setArrived} />}
        {/* Somebody else sees all of it anew. */}
        <Fragment key={successors}>
          {!event ? <SaleList /> : isEvent(event) ? <SalePage key={event} event={event} /> : <NoSale />}
        </Fragment>
      </main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
if (page) {
  if (isArrival()) render(<h1>{words.loading}</h1>, page);
  // Who the shopper is comes first: nothing is asked, or shown, as somebody else.
  void arrive().then((arrival) => render(<Page arrival={arrival} />, page));
}
