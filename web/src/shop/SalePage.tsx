import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import { isLasting } from '../shared/storage';
import { Before } from './before/Before';
import { isQuiet, ring } from './chime';
import { useNow, useShell } from './hooks';
import { shopName } from './look';
import { Nothing } from './Nothing';
import { Offer } from './Offer';
import { ProblemNotice } from './ProblemNotice';
import type { State } from './rules/state';
import { isLive, standingOf } from './rules/status';
import { identity, proveAhead } from './session';
import type { Shell } from './shell';
import { isOver, mustSignIn } from './states';
import { Status } from './Status';
import { TakingPart } from './TakingPart';
import { titleOf } from './titles';
import type { Sale } from './types';

export function SalePage({ event }: { event: string }) {
  const shell = useShell(event);
  const { sale, problem } = shell?.state ?? {};
  const standing = useTitle(shell?.state);
  const asksAll = sale?.machine_check === 'always' && !isOver(sale.status) && !mustSignIn(sale, 'guest');
  useEffect(() => void (asksAll && proveAhead()), [asksAll]);
  if (shell && sale) return <Known shell={shell} sale={sale} standing={standing} />;
  if (problem?.kind === 'not_found') return <Nothing of="sale" />;
  return (
    <>
      <h1>{words.loading}</h1>
      {problem && <ProblemNotice problem={problem} />}
    </>
  );
}

function Known({ shell, sale, standing }: { shell: Shell; sale: Sale; standing: string }) {
  const { problem, link, wish } = shell.state;
  const opening = useOpening(sale);
  const now = useNow();
  // That the connection is lost is said above already.
  const shown = problem?.kind === 'offline' && link === 'lost' ? undefined : problem;
  const isTold = isLive(standingOf(shell.state, now));
  const isBefore = !wish && sale.status === 'upcoming' && now < sale.opens_at_ms;
  return (
    <>
      {!isBefore && <Status state={shell.state} sale={sale} />}
      <h1>
        <bdi>{sale.name}</bdi>
      </h1>
      {!wish && sale.description && (
        <p class="soft lead">
          <bdi>{sale.description}</bdi>
        </p>
      )}
      {isBefore && (
        <Status state={shell.state} sale={sale}>
          <Before sale={sale} />
        </Status>
      )}
      {!isLasting() && <p class="notice">{words.keepsNothing}</p>}
      <p class="hidden-but-read" role="status">
        {standing} {opening}
      </p>
      {wish ? (
        <TakingPart shell={shell} sale={sale} isLive={isTold} problem={shown} />
      ) : (
        <Offer shell={shell} sale={sale} isLive={isTold} isBefore={isBefore} signsIn={mustSignIn(sale, identity())} problem={shown} />
      )}
    </>
  );
}

/** News that is spoken is taken back: it is not true for long. */
const SAID_FOR_MS = 10_000;

/** Says when the sale opens while the page is looked at, also to those who do not see it or look elsewhere. */
function useOpening(sale: Sale): string {
  // By the shop's word, and not by this device's clock: that may have been set.
  const isUpcoming = sale.status === 'upcoming';
  const wasUpcoming = useRef(isUpcoming);
  const [said, say] = useState('');
  useEffect(() => {
    const opens = wasUpcoming.current && sale.status === 'active';
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
  const text = said || sale?.name || (isUnknown ? words.noSuchSale : '') || shopName;
  const mark = news && !isQuiet() && document.visibilityState === 'hidden' ? '★ ' : '';
  useEffect(() => {
    document.title = `${mark}${text}`;
  }, [mark, text]);
  return said;
}
