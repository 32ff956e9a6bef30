import { render, type ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { announceLanguage, momentOf } from '../i18n/locale';
import '../shared/base.css';
import './admin.css';
import { Audit } from './Audit';
import { Deliveries } from './Deliveries';
import { EventForm } from './EventForm';
import { Events } from './Events';
import { Health } from './Health';
import { useLoad } from './hooks';
import { dropAll } from './kept';
import { LiveEvent } from './LiveEvent';
import { Orders } from './Orders';
import { Trouble } from './parts';
import { dropToken, hasToken, learnWho, may, onSignedOut } from './session';
import { SignIn } from './SignIn';
import { Tokens } from './Tokens';
import type { Role } from './types';
import { PausedEndpoints, Webhooks } from './Webhooks';

const readPath = (): string[] => location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);

function useRoute(): string[] {
  const [path, setPath] = useState(readPath);
  useEffect(() => {
    const follow = (): void => setPath(readPath());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return path;
}

function View({ path }: { path: string[] }) {
  const [view, id, part] = path;
  if (view === 'new' && may('manager')) return <EventForm />;
  if (view === 'events' && id && part === 'edit' && may('manager')) return <EventForm key={id} event={id} />;
  if (view === 'events' && id) return <LiveEvent key={id} event={id} />;
  if (view === 'orders') return <Orders />;
  if (view === 'audit') return <Audit />;
  if (view === 'health') return <Health />;
  if (view === 'webhooks' && id) return <Deliveries key={id} endpoint={id} />;
  if (view === 'webhooks') return <Webhooks />;
  if (view === 'tokens' && may('owner')) return <Tokens />;
  return <Events />;
}

const PLACES: [string, string, Role][] = [
  ['', words.places.sales, 'viewer'],
  ['orders', words.places.orders, 'viewer'],
  ['audit', words.places.audit, 'viewer'],
  ['health', words.places.health, 'viewer'],
  ['webhooks', words.places.webhooks, 'viewer'],
  ['tokens', words.places.tokens, 'owner'],
];
const WHO_EVERY_MS = 30_000;
const EXPIRES_SOON_MS = 7 * 86_400_000;

function Console() {
  const path = useRoute();
  const [signedIn, setSignedIn] = useState(hasToken);
  const [reason, setReason] = useState('');
  const leave = (why: string): void => {
    dropToken();
    setReason(why);
    setSignedIn(false);
  };
  onSignedOut(leave);
  const signOut = (): void => {
    dropAll(); // who signs in next is perhaps somebody else
    leave('');
  };
  return signedIn ? <Shell path={path} signOut={signOut} /> : <Frame><SignIn reason={reason} done={() => setSignedIn(true)} /></Frame>;
}

/** What somebody sees who is signed in, once it is known who they are. */
function Shell({ path, signOut }: { path: string[]; signOut: () => void }) {
  const { value: me, problem } = useLoad(learnWho, [], WHO_EVERY_MS);
  const here = path[0] === 'events' || path[0] === 'new' ? '' : (path[0] ?? '');
  const expires = me?.expires_at;
  return (
    <Frame
      navigation={
        <nav aria-label={words.mainNavigation}>
          {PLACES.filter(([, , least]) => may(least)).map(([place, name]) => (
            <a key={place} href={`#/${place}`} aria-current={here === place ? 'page' : undefined}>
              {name}
            </a>
          ))}
          {me && <span class="name">{words.signedInAs(me.name, words.roles[me.role])}</span>}
          <button type="button" onClick={signOut}>
            {words.signOut}
          </button>
        </nav>
      }
    >
      <Trouble text={problem} />
      {expires && Date.parse(expires) - Date.now() < EXPIRES_SOON_MS && <p class="notice">{words.tokenExpires(momentOf(expires))}</p>}
      {me && <PausedEndpoints />}
      {me && <View path={path} />}
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
