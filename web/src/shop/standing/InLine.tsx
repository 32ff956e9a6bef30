import { number, roughly } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { GiveUp } from '../GiveUp';
import { useNow } from '../hooks';
import { drawnFirst } from '../rules/lobby';
import { mostEach, oddsOf } from '../rules/odds';
import { ahead, wait } from '../rules/state';
import type { Shell } from '../shell';
import type { Sale } from '../types';
import { Figure } from './Figure';
import { Frame } from './Frame';
import { KeepOpen } from './KeepOpen';
import { useScreenOn } from './useScreenOn';
import { useSlowly } from './useSlowly';

export function InLine({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { wish, pacePerS, link } = shell.state;
  const before = ahead(shell.state);
  const estimate = wait(shell.state);
  const item = sale.items.find(({ sku }) => sku === wish?.sku);
  const isPaused = sale.status === 'paused';
  // Those who were in the lobby are not counted among those before.
  const now = useNow();
  const drawn = wish?.isForLobby ? undefined : drawnFirst(sale, now);
  const place = before === undefined ? words.placeUnknown : before === 0 ? words.next : number(before);
  const spoken = useSlowly(before === undefined || drawn ? '' : `${words.placeLabel}: ${place}`);
  const isOn = useScreenOn();
  const eta =
    !estimate || drawn ? words.etaUnknown
    : estimate.toMs < 5_000 ? words.etaSoon
    : fromTo(roughly(estimate.fromMs), roughly(estimate.toMs));
  return (
    <Frame shell={shell} state="in_line" title={words.waitingTitle}>
      <div class="place">
        <dl class={`figures ${drawn || before ? '' : 'words'}`}>
          {drawn ? <Figure label={words.lobbyFirst} value={number(drawn)} /> : <Figure label={words.placeLabel} value={place} />}
        </dl>
        {!drawn && before !== undefined && <Way began={wish?.ahead} before={before} />}
      </div>
      <dl class="figures">
        <Figure label={words.etaLabel} value={isPaused ? words.etaPaused : eta} />
        {!isPaused && <Figure label={words.paceLabel} value={words.pace(number(Math.round(pacePerS)))} />}
        {item && <Figure label={words.leftLabel} value={number(item.left)} />}
      </dl>
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      {drawn && <p>{words.lobbyFirstText}</p>}
      {item && !drawn && !!before && link !== 'lost' && <Odds sale={sale} item={item} before={before} quantity={wish?.quantity ?? 1} />}
      <KeepOpen holdMs={sale.hold_ms} />
      {isOn && <p class="soft">{words.screenOn}</p>}
      <GiveUp shell={shell} label={words.leaveLine} sure={sale.hoarding ? `${words.leaveLineSure} ${words.unpaidCounts}` : words.leaveLineSure} />
    </Frame>
  );
}

const fromTo = (from: string, to: string): string => (from === to ? to : words.eta(from, to));

/** How far it has come from where it began. */
function Way({ began, before }: { began: number | undefined; before: number }) {
  if (!began) return null;
  return (
    <>
      <progress max={began} value={began - before} aria-label={words.progressLabel} />
      <p class="soft">{words.began(number(began))}</p>
    </>
  );
}

interface OddsProps {
  sale: Sale;
  item: Sale['items'][number];
  before: number;
  quantity: number;
}

/** What it may come to, where anybody can say. */
function Odds({ sale, item, before, quantity }: OddsProps) {
  const [first, left] = [number(before + item.standby_len), number(item.left)];
  switch (oddsOf(sale, item, before, quantity)) {
    case 'likely':
      return <p class="odds good">{words.oddsLikely(first, left)}</p>;
    case 'open':
      return <p class="odds">{words.oddsOpen(first, left, number(mostEach(sale)))}</p>;
    case 'standby':
      return <p class="odds warn">{words.oddsStandby(first, left)}</p>;
    case 'none':
      return <p class="odds warn">{words.oddsNone(first, left)}</p>;
    case undefined:
      return null;
  }
}
