import { Fragment, render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { announceLanguage, isolate } from '../i18n/locale';
import { words } from '../i18n/shop';
import '../shared/base.css';
import { arrive, isArrival, type Arrival } from './arrival';
import { Arrived } from './Arrived';
import { useIsLeft, useShopper } from './hooks';
import { later } from './later';
import { logo, shopName } from './look';
import { Nothing } from './Nothing';
import { SaleList } from './SaleList';
import { SalePage } from './SalePage';
import { SignedIn } from './SignedIn';
import { goOnLeaving, shopper } from './session';
import { go, isEvent, isNowhere, orderHere, useEvent, usePlace } from './router';
import './shop.css';

const OrderPage = later<{ order: string }>(() => import('./orders/OrderPage').then(({ OrderPage }) => OrderPage));
const OrderList = later<object>(() => import('./orders/OrderList').then(({ OrderList }) => OrderList));

function Page({ arrival }: { arrival: Arrival | undefined }) {
  const event = useEvent();
  const order = usePlace(orderHere);
  const nowhere = usePlace(isNowhere);
  const { customer, email, isAccount, isSignedIn, isSignedOut, successors, isProving } = useShopper();
  const isLeft = useIsLeft() && !isSignedIn;
  const called = customer ?? email;
  const said = isAccount ? words.signedInAccount : called && words.signedInAs(isolate(called));
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
          <img src={logo} alt="" width="28" height="28" /> <bdi>{shopName}</bdi>
        </a>
        {said && (
          <span class="soft one-line" title={isAccount ? said : called}>
            {said}
          </span>
        )}
        <span class="ways">
          {(event || order !== undefined || nowhere) && (
            <a href="/" onClick={go}>
              {words.back}
            </a>
          )}
          {shopper() && order !== '' && (
            <a href="/orders" onClick={go}>
              {words.myOrders}
            </a>
          )}
        </span>
      </header>
      <main id="content" tabIndex={-1}>
        <p class={isProving ? 'notice' : 'hidden-but-read'} role="status">
          {isProving && words.proving}
        </p>
        <p class={isLeft || isSignedOut ? 'notice' : 'hidden-but-read'} role="status" data-signed-out>
          {isLeft ? words.signedOutHere : isSignedOut && words.signedOut}
        </p>
        {arrived && <Arrived arrival={arrived} turn={setArrived} />}
        {/* Somebody else sees all of it anew. */}
        <Fragment key={successors}>
          {nowhere ? (
            <Nothing of="page" />
          ) : order ? (
            <OrderPage key={order} order={order} />
          ) : order === '' ? (
            <OrderList />
          ) : !event ? (
            <SaleList />
          ) : isEvent(event) ? (
            <SalePage key={event} event={event} />
          ) : (
            <Nothing of="sale" />
          )}
        </Fragment>
        {said && (email || isAccount) && <SignedIn said={said} isAccount={isAccount} />}
      </main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
if (page) {
  if (isArrival()) render(<h1>{words.loading}</h1>, page);
  // Who the shopper is comes first: nothing is asked, or shown, as somebody else.
  void goOnLeaving().then(arrive).then((arrival) => render(<Page arrival={arrival} />, page));
}
