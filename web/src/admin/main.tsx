import { render, type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { words as people } from '../i18n/people';
import { announceLanguage, isolate, momentOf } from '../i18n/locale';
import '../shared/base.css';
import './admin.css';
import './form/form.css';
import { useAddress } from './address';
import { Audit } from './audit/Audit';
import { Deliveries } from './Deliveries';
import { Events } from './Events';
import { EventForm } from './form/EventForm';
import { Health } from './Health';
import { useAction, useLoad } from './hooks';
import { dropAll } from './kept';
import { Look } from './look/Look';
import { LiveEvent } from './live/LiveEvent';
import { OrderPage } from './orders/OrderPage';
import { Orders } from './orders/Orders';
import { Title, Trouble } from './parts';
import { isIn, onElsewhere, type Told } from './presence';
import { Account } from './people/Account';
import { Codes, LinkGone, type NewCodes } from './people/Codes';
import { Join } from './people/Join';
import { Products } from './products/Products';
import { Replay } from './replay/Replay';
import { Report } from './report/Report';
import { forgetWho, learnWho, may, onDenied, onSignedOut, signOut } from './session';
import { SeriesList } from './SeriesList';
import { SignIn } from './SignIn';
import { Tokens } from './Tokens';
import type { Me, Right } from './types';
import { PausedEndpoints, Webhooks } from './Webhooks';

function View({ path, me }: { path: string[]; me: Me }) {
  const [view, id, part] = path;
  if (view === 'new' && may('run')) return <EventForm />;
  if (view === 'events' && id && part === 'edit' && may('run')) return <EventForm key={id} event={id} />;
  if (view === 'events' && id && part === 'report') return <Report key={id} event={id} />;
  if (view === 'events' && id && part === 'replay') return <Replay key={id} event={id} />;
  if (view === 'events' && id && !part) return <LiveEvent key={id} event={id} />;
  if (view === 'join') return <LinkGone />;
  if (view === 'products') return <Products />;
  if (view === 'series') return <SeriesList />;
  if (view === 'look') return <Look />;
  if (view === 'orders' && id) return <OrderPage key={id} id={id} />;
  if (view === 'orders') return <Orders />;
  if (view === 'audit') return <Audit />;
  if (view === 'health') return <Health />;
  if (view === 'webhooks' && id === 'deliveries') return <Deliveries />;
  if (view === 'webhooks') return <Webhooks />;
  if (view === 'tokens' && may('own')) return <Tokens />;
  if (view === 'account') return <Account me={me} />;
  if (!view || (view === 'events' && !id)) return <Events />;
  return (
    <>
      <Title text={words.nowhere} />
      <a href="#/">{words.places.sales}</a>
    </>
  );
}

const PLACES: [string, string, Right][] = [
  ['', words.places.sales, 'read'],
  ['products', words.places.products, 'read'],
  ['series', words.places.series, 'read'],
  ['look', words.places.look, 'run'],
  ['orders', words.places.orders, 'read'],
  ['audit', words.places.audit, 'read'],
  ['health', words.places.health, 'read'],
  ['webhooks', words.places.webhooks, 'read'],
  ['tokens', words.places.tokens, 'own'],
];
const WHO_EVERY_MS = 30_000;
const EXPIRES_SOON_MS = 7 * 86_400_000;

/** Somebody may have been signed in here before: they are another now. */
function goOn(): void {
  dropAll();
  location.replace('#/');
  location.reload();
}

function Console() {
  const { path, query } = useAddress();
  const [signedIn, setSignedIn] = useState(isIn);
  const [reason, setReason] = useState('');
  /** They stay, wherever the address leads meanwhile. */
  const [codes, setCodes] = useState<NewCodes>();
  const leave = (why: string): void => {
    forgetWho();
    setReason(why);
    setSignedIn(false);
  };
  onSignedOut(leave);
  const left = (): void => {
    dropAll(); // who signs in next is perhaps somebody else
    leave('');
  };
  const elsewhere = (told: Told): void => {
    if (told === 'out') leave(words.signedOutElsewhere); // what is typed here waits for them
    else if (told === 'over') leave(words.sessionOver);
    else if (signedIn) location.reload(); // as somebody else, perhaps
    else setSignedIn(true);
  };
  useEffect(() => onElsewhere(elsewhere));
  const invitation = path[0] === 'join' ? query.get('token') : null;
  if (codes) return <Frame><Codes {...codes} done={goOn} /></Frame>;
  if (invitation) return <Frame><Join key={invitation} token={invitation} joined={setCodes} /></Frame>;
  if (path[0] === 'join' && !signedIn) return <Frame><LinkGone /></Frame>;
  return signedIn ? <Shell path={path} left={left} /> : <Frame><SignIn reason={reason} done={() => setSignedIn(true)} /></Frame>;
}

/** What somebody sees who is signed in, once it is known who they are. */
function Shell({ path, left }: { path: string[]; left: () => void }) {
  const { busy, problem: stays, act } = useAction();
  const { value: me, problem, look } = useLoad(learnWho, [], WHO_EVERY_MS);
  onDenied(() => void look());
  const here = path[0] === 'events' || path[0] === 'new' ? '' : (path[0] ?? '');
  const expires = me?.expires_at;
  const places = useRef<HTMLElement>(null);
  // On a phone they stand in one row that scrolls: where somebody is, is in view.
  useEffect(() => {
    const [row, at] = [places.current, places.current?.querySelector<HTMLElement>('[aria-current]')];
    if (row && at) row.scrollLeft = at.offsetLeft - row.offsetLeft - (row.clientWidth - at.clientWidth) / 2;
  }, [here, me]);
  return (
    <Frame
      navigation={
        <nav ref={places} aria-label={words.mainNavigation}>
          {PLACES.filter(([, , right]) => may(right)).map(([place, name]) => (
            <a key={place} href={`#/${place}`} aria-current={here === place ? 'page' : undefined}>
              {name}
            </a>
          ))}
          {me?.person && (
            <a class="name" href="#/account" aria-current={here === 'account' ? 'page' : undefined} aria-label={people.accountOpen(words.signedInAs(isolate(me.name), words.roles[me.role]))}>
              {words.signedInAs(isolate(me.name), words.roles[me.role])}
            </a>
          )}
          {me && !me.person && <span class="name">{words.signedInAs(isolate(me.name), words.roles[me.role])}</span>}
          <button type="button" disabled={busy} onClick={() => void act(signOut).then((isOut) => isOut && left())}>
            {words.signOut}
          </button>
        </nav>
      }
    >
      <Trouble text={problem} />
      <Trouble text={stays && words.notSignedOut(stays)} />
      {expires && Date.parse(expires) - Date.now() < EXPIRES_SOON_MS && <p class="notice">{words.tokenExpires(momentOf(expires))}</p>}
      {me && <PausedEndpoints />}
      {me && <View path={path} me={me} />}
    </Frame>
  );
}

function Frame({ navigation, children }: { navigation?: ComponentChildren; children: ComponentChildren }) {
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          <img src="/images/flashline.svg" alt="" width="28" height="28" /> {words.console}
        </a>
        {navigation}
      </header>
      <main>{children}</main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
if (page) render(<Console />, page);
