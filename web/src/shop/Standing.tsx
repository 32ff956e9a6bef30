/** How this shopper's attempt stands: one small view for each state. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { number, roughly } from '../i18n/locale';
import { words } from '../i18n/shop';
import { isLasting } from '../shared/storage';
import { ENDINGS_AT_SHOP, isAtShop } from './atShop';
import { Bill, Changed } from './Bill';
import type { Shell } from './shell';
import { GiveUp } from './GiveUp';
import { useArrival } from './hooks';
import { AtBank } from './pay/AtBank';
import { PayForm } from './pay/PayForm';
import { PayWithin } from './PayWithin';
import { ahead, placeOnStandby, wait } from './rules/state';
import { isOver } from './states';
import { hasLeftStandby, isRefunded, saidOfRefund, titleOf, wantedTooMany } from './titles';
import type { Attempt, AttemptState, Payment, Sale } from './types';

export function Standing({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { attempt, wish, isLost } = shell.state;
  if (isLost) return <Lost shell={shell} sale={sale} />;
  // Known again in a moment, or not yet sent.
  if (!attempt) {
    return (
      <Frame shell={shell} state="sending" title={wish?.attemptId ? words.loading : words.sending}>
        {!wish?.attemptId && <p class="soft">{words.noPlaceYet}</p>}
      </Frame>
    );
  }
  switch (attempt.state) {
    case 'in_line':
      return <InLine shell={shell} sale={sale} />;
    case 'reserved':
      return <Reserved shell={shell} attempt={attempt} />;
    case 'standby':
      return <Standby shell={shell} />;
    case 'confirmed':
      return <Confirmed shell={shell} sale={sale} attempt={attempt} />;
    default:
      return <Over shell={shell} sale={sale} attempt={attempt} state={attempt.state} />;
  }
}

interface FrameProps {
  shell: Shell;
  state: string;
  title: string;
  children: ComponentChildren;
}

function Frame({ shell, state, title, children }: FrameProps) {
  const heading = useArrival<HTMLHeadingElement>(shell.state.hasMoved);
  return (
    <div data-state={state}>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </div>
  );
}

function InLine({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { wish, pacePerS } = shell.state;
  const before = ahead(shell.state);
  const estimate = wait(shell.state);
  const item = sale.items.find(({ sku }) => sku === wish?.sku);
  const isPaused = sale.status === 'paused';
  const place = before === undefined ? words.placeUnknown : before === 0 ? words.next : number(before);
  const spoken = useSlowly(before === undefined ? '' : `${words.placeLabel}: ${place}`);
  const eta =
    !estimate ? words.etaUnknown
    : estimate.toMs < 5_000 ? words.etaSoon
    : words.eta(roughly(estimate.fromMs), roughly(estimate.toMs));
  return (
    <Frame shell={shell} state="in_line" title={words.waitingTitle}>
      <dl class="figures">
        <Figure label={words.placeLabel} value={place} />
        <Figure label={words.etaLabel} value={isPaused ? words.etaPaused : eta} />
        {!isPaused && <Figure label={words.paceLabel} value={words.pace(number(Math.round(pacePerS)))} />}
        {item && <Figure label={words.leftLabel} value={number(item.left)} />}
      </dl>
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      <KeepOpen />
    </Frame>
  );
}

const KeepOpen = () => <p class="soft">{isLasting() ? words.keepOpen : words.keepTab}</p>;

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** A text that changes a few times a second, at a rate at which it can be read aloud without chatter. */
function useSlowly(text: string): string {
  const EVERY_MS = 15_000;
  const [said, setSaid] = useState(text);
  const latest = useRef(text);
  latest.current = text;
  useEffect(() => {
    const timer = setInterval(() => setSaid(latest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return said;
}

function Reserved({ shell, attempt }: { shell: Shell; attempt: Attempt }) {
  return (
    <Frame shell={shell} state="reserved" title={words.reservedTitle}>
      <PayWithin state={shell.state} />
      {attempt.price && <Changed price={attempt.price} shownMinor={shell.state.wish?.shownMinor} />}
      {attempt.price && <Bill price={attempt.price} />}
      <div class="buttons">
        {shell.state.atBank ? <AtBank shell={shell} action={shell.state.atBank.action} /> : <PayForm shell={shell} attempt={attempt} />}
        <GiveUp shell={shell} label={words.giveBack} sure={words.giveBackSure} />
      </div>
    </Frame>
  );
}

function Standby({ shell }: { shell: Shell }) {
  const place = placeOnStandby(shell.state);
  // Whoever leaves from the middle is noticed when it is their turn.
  const shown = place === undefined ? '' : place > 1 ? words.atMost(number(place)) : number(place);
  const spoken = useSlowly(shown && `${words.standbyPlace}: ${shown}`);
  return (
    <Frame shell={shell} state="standby" title={words.standbyTitle}>
      {place !== undefined && (
        <dl class="figures">
          <Figure label={words.standbyPlace} value={shown} />
        </dl>
      )}
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      <p>{words.standbyText}</p>
      <KeepOpen />
      <GiveUp shell={shell} label={words.leaveStandby} sure={words.leaveStandbySure} />
    </Frame>
  );
}

function Confirmed({ shell, sale, attempt }: { shell: Shell; sale: Sale; attempt: Attempt }) {
  const { order, price } = attempt;
  const refund = saidOfRefund(attempt);
  const thanks = isAtShop(sale) ? words.confirmedAtShop : price?.total_minor === 0 ? words.confirmedFree : words.confirmedText;
  return (
    <Frame shell={shell} state="confirmed" title={titleOf(attempt, sale)}>
      {!order?.refund_failed && !isRefunded(attempt) && (
        <p class="notice good">
          {thanks} {!order && words.confirmedSoon}
        </p>
      )}
      {refund && <p class={`notice ${order?.refund_failed ? 'bad' : ''}`}>{refund}</p>}
      {order && (
        <p>
          {words.orderNumber}: <strong data-order={order.number}>{order.number}</strong>
        </p>
      )}
      {order?.reference && (
        <p>
          {words.shopReference}: <bdi>{order.reference}</bdi>
        </p>
      )}
      {price && <Bill price={price} />}
      <Anew shell={shell} sale={sale} label={words.buyMore} />
    </Frame>
  );
}

interface AnewProps {
  shell: Shell;
  sale: Sale;
  said?: string | undefined;
  label?: string;
}

/** The way to another try, where there is anything to click for: what is said of it goes with its button. */
function Anew({ shell, sale: { status, items }, said, label = words.again }: AnewProps) {
  if (isOver(status) || items.every((item) => item.sold_out)) return null;
  return (
    <>
      {said && <p>{said}</p>}
      <button type="button" onClick={() => shell.send({ type: 'start anew' })}>
        {label}
      </button>
    </>
  );
}

type Ending = Exclude<AttemptState, 'in_line' | 'reserved' | 'standby' | 'confirmed'>;

const ENDINGS: Record<Ending, string> = {
  sold_out: words.soldOutText,
  refused: words.problem,
  expired: words.expiredText,
  cancelled: words.cancelledText,
  standby_ended: words.standbyEndedText,
  closed: words.closedText,
};

/** Others were voided because they could not be made, in time or not. */
const cameTooLate = (payment: Payment | undefined): boolean => payment?.state === 'voided' && payment.failure === 'expired';

function Over({ shell, sale, attempt, state }: { shell: Shell; sale: Sale; attempt: Attempt; state: Ending }) {
  const { reason, payment } = attempt;
  const why = reason && words.reasons[reason];
  const said =
    hasLeftStandby(attempt) ? words.leftText
    // It may have been charged, and given back.
    : reason === 'capture_failed' ? why
    : wantedTooMany(attempt, sale) ? words.tooManyText
    : saidOfRefund(attempt);
  const otherwise =
    reason === 'capture_failed' ? words.withAnotherCard
    : wantedTooMany(attempt, sale) ? words.askForLess
    : undefined;
  const atShop = isAtShop(sale) ? ENDINGS_AT_SHOP[state] : undefined;
  const ending = state === 'standby_ended' && reason === 'sale_stopped' ? words.leftText : (atShop ?? ENDINGS[state]);
  return (
    <Frame shell={shell} state={state} title={titleOf(attempt, sale)}>
      {state === 'refused' && why ? <p>{why}</p> : <p>{said ?? ending}</p>}
      {state !== 'refused' && why && !said && <p class="soft">{why}</p>}
      {state === 'expired' && cameTooLate(payment) && !atShop && <p class="soft">{words.voided}</p>}
      <Anew shell={shell} sale={sale} said={otherwise} />
    </Frame>
  );
}

function Lost({ shell, sale }: { shell: Shell; sale: Sale }) {
  return (
    <Frame shell={shell} state="lost" title={words.lostTitle}>
      <p class="notice bad">{words.lostText}</p>
      <Anew shell={shell} sale={sale} said={words.startAnew} />
    </Frame>
  );
}
