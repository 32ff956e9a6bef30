import { useEffect, useRef, useState } from 'preact/hooks';
import { moment } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Badge } from './Badge';
import { BuyForm } from './BuyForm';
import { isQuiet, ring } from './chime';
import { Countdown } from './Countdown';
import type { Shell } from './shell';
import { useShell, useNow } from './hooks';
import { ItemList } from './ItemList';
import { NoSale } from './NoSale';
import { MyOrders } from './MyOrders';
import { Notices, ProblemNotice } from './Notices';
import { SoundSwitch } from './SoundSwitch';
import { Standing } from './Standing';
import type { State } from './rules/state';
import { isOver } from './states';
import { titleOf } from './titles';
import type { Sale } from './types';

export function SalePage({ event }: { event: string }) {
  const shell = useShell(event);
  const { sale, problem } = shell?.state ?? {};
  const standing = useTitle(shell?.state);
  if (shell && sale) return <Known shell={shell} sale={sale} standing={standing} />;
  if (problem?.kind === 'not_found') return <NoSale />;
  return (
    <>
      <h1>{words.loading}</h1>
      {problem && <ProblemNotice problem={problem} />}
    </>
  );
}

function Known({ shell, sale, standing }: { shell: Shell; sale: Sale; standing: string }) {
  const { problem, link, wish, orders, knowsTheEnd } = shell.state;
  const opening = useOpening(sale);
  // That the connection is lost is said above already.
  const shown = problem?.kind === 'offline' && link === 'lost' ? undefined : problem;
  // Who waits wants to see that first, on a small screen and with a screen reader.
  const mine = (
    <section id="panel" tabIndex={-1} class="card panel" aria-label={wish ? words.waitingTitle : words.buy}>
      {shown && <ProblemNotice problem={shown} />}
      {!wish && <MyOrders orders={orders} />}
      {wish ? <Standing shell={shell} sale={sale} /> : <BuyForm shell={shell} sale={sale} />}
      <SoundSwitch />
    </section>
  );
  return (
    <>
      <h1>
        <bdi>{sale.name}</bdi>
      </h1>
      {sale.description && (
        <p class="soft">
          <bdi>{sale.description}</bdi>
        </p>
      )}
      <When sale={sale} knowsTheEnd={knowsTheEnd} />
      <Notices state={shell.state} />
      <p class="hidden-but-read" role="status">
        {standing} {opening}
      </p>
      <div class="columns">
        {wish && mine}
        <section aria-label={words.item}>
          <ItemList sale={sale} />
          {!wish && !isOver(sale.status) && (
            <a class="button primary jump" href="#panel">
              {words.toPanel}
            </a>
          )}
        </section>
        {!wish && mine}
      </div>
    </>
  );
}

function When({ sale, knowsTheEnd }: { sale: Sale; knowsTheEnd: boolean }) {
  return (
    <p class="when">
      <Badge sale={sale} />{' '}
      {sale.status === 'upcoming' && (
        <>
          {words.opensIn} <Countdown to={sale.opens_at_ms} /> <span class="soft">{moment(sale.opens_at_ms)}</span>
        </>
      )}
      {sale.status === 'active' && knowsTheEnd && (
        <>
          {words.closesIn} <Countdown to={sale.closes_at_ms} />
        </>
      )}
    </p>
  );
}

/** News that is spoken is taken back: it is not true for long. */
const SAID_FOR_MS = 10_000;

/** Says when the sale opens while the page is looked at, also to those who do not see it or look elsewhere. */
function useOpening(sale: Sale): string {
  const now = useNow();
  const isUpcoming = sale.status === 'upcoming' && now < sale.opens_at_ms;
  const wasUpcoming = useRef(isUpcoming);
  const [said, say] = useState('');
  useEffect(() => {
    const opens = wasUpcoming.current && !isUpcoming && (sale.status === 'active' || sale.status === 'upcoming');
    wasUpcoming.current = isUpcoming;
    if (opens) {
      say(words.openNow);
      ring();
      const said = setTimeout(() => say(''), SAID_FOR_MS);
      return () => clearTimeout(said);
    }
    return undefined;
  }, [isUpcoming]);
  return said;
}

/** How it stands, in words. The title says so too, and that there is news while nobody looks. */
function useTitle(state: State | undefined): string {
  const { sale, wish, attempt, isLost, problem, news } = state ?? {};
  const said = isLost ? words.lostTitle : wish && attempt ? titleOf(attempt, sale) : '';
  const isUnknown = !sale && problem?.kind === 'not_found';
  const text = said || sale?.name || (isUnknown ? words.noSuchSale : '') || 'Flashline';
  const mark = news && !isQuiet() && document.visibilityState === 'hidden' ? '★ ' : '';
  useEffect(() => {
    document.title = `${mark}${text}`;
  }, [mark, text]);
  return said;
}
