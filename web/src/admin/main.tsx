import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { announceLanguage } from '../i18n/locale';
import '../shared/base.css';
import './admin.css';
import { Audit } from './Audit';
import { EventForm } from './EventForm';
import { Events } from './Events';
import { Health } from './Health';
import { LiveEvent } from './LiveEvent';
import { Orders } from './Orders';
import { dropToken, hasToken, onSignedOut } from './session';
import { SignIn } from './SignIn';

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
  if (view === 'new') return <EventForm />;
  if (view === 'events' && id && part === 'edit') return <EventForm key={id} event={id} />;
  if (view === 'events' && id) return <LiveEvent key={id} event={id} />;
  if (view === 'orders') return <Orders />;
  if (view === 'audit') return <Audit />;
  if (view === 'health') return <Health />;
  return <Events />;
}

const PLACES = [
  ['', words.places.sales],
  ['orders', words.places.orders],
  ['audit', words.places.audit],
  ['health', words.places.health],
] as const;

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
  const here = path[0] === 'events' || path[0] === 'new' ? '' : (path[0] ?? '');
  return (
    <>
      <header class="top">
        <a class="brand" href="#/">
          <img src="/images/flashline.svg" alt="" width="28" height="28" /> {words.console}
        </a>
        {signedIn && (
          <nav aria-label={words.mainNavigation}>
            {PLACES.map(([place, name]) => (
              <a key={place} href={`#/${place}`} aria-current={here === place ? 'page' : undefined}>
                {name}
              </a>
            ))}
            <button type="button" onClick={() => leave('')}>
              {words.signOut}
            </button>
          </nav>
        )}
      </header>
      <main>
        {signedIn ? <View path={path} /> : <SignIn reason={reason} done={() => setSignedIn(true)} />}
      </main>
    </>
  );
}

announceLanguage();
const page = document.getElementById('page');
if (page) render(<Console />, page);
