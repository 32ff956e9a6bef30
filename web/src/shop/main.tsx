import { Fragment, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announceLanguage, isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import '../shared/base.css';
import { arrive, isArrival, type Arrival } from './arrival';
import { Arrived } from './Arrived';
import { useCustomer } from './hooks';
import { NoSale } from './NoSale';
import { SaleList } from './SaleList';
import { SalePage } from './SalePage';
import { go, isEvent, useEvent } from './router';
import './shop.css';

function Page({ arrival }: { arrival: Arrival | undefined }) {
  const event = useEvent();
  const customer = useCustomer();
  const [arrived, setArrived] = useState({ arrival, turn: 0 });
  // Whoever is somebody else now sees all of it anew.
  const turn = (arrival: Arrival | undefined): void => setArrived((before) => ({ arrival, turn: before.turn + 1 }));
  useEffect(() => {
    const again = (): void => void (isArrival() && arrive().then(turn));
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
        {customer && <span class="soft">{words.signedInAs(isolate(customer))}</span>}
        {event && (
          <a href="/" onClick={go}>
            {words.back}
          </a>
        )}
      </header>
      <main id="content" tabIndex={-1}>
        {arrived.arrival && <Arrived key={arrived.turn} arrival={arrived.arrival} turn={turn} />}
        <Fragment key={arrived.turn}>{!event ? <SaleList /> : isEvent(event) ? <SalePage key={event} event={event} /> : <NoSale />}</Fragment>
      </main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
// Who the shopper is comes first: nothing is asked, or shown, as somebody else.
if (page) void arrive().then((arrival) => render(<Page arrival={arrival} />, page));
