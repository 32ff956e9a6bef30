/** How this shopper's attempt stands: one small view for each state. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { money, number, roughly } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Countdown } from './Countdown';
import type { Desk } from './desk';
import { useArrival } from './hooks';
import { PayForm } from './PayForm';
import type { Attempt, Price, Sale } from './types';

export function Standing({ desk, sale }: { desk: Desk; sale: Sale }) {
  const { attempt } = desk;
  if (!attempt) {
    return (
      <Frame desk={desk} state="sending" title={words.sending}>
        <p class="soft">{words.keepOpen}</p>
      </Frame>
    );
  }
  switch (attempt.state) {
    case 'in_line':
      return <InLine desk={desk} sale={sale} />;
    case 'reserved':
      return <Reserved desk={desk} attempt={attempt} />;
    case 'standby':
      return <Standby desk={desk} attempt={attempt} />;
    case 'confirmed':
      return <Confirmed desk={desk} attempt={attempt} />;
    default:
      return <Over desk={desk} attempt={attempt} />;
  }
}

interface FrameProps {
  desk: Desk;
  state: string;
  title: string;
  children: ComponentChildren;
}

function Frame({ desk, state, title, children }: FrameProps) {
  const heading = useArrival<HTMLHeadingElement>(desk.hasMoved);
  return (
    <div data-state={state}>
      <h2 ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </div>
  );
}

function InLine({ desk, sale }: { desk: Desk; sale: Sale }) {
  const { ahead, wait, pacePerS } = desk;
  const item = sale.items.find(({ sku }) => sku === desk.wish?.sku);
  const place = ahead === undefined ? words.placeUnknown : ahead === 0 ? words.next : number(ahead);
  const spoken = useSlowly(ahead === undefined ? '' : `${words.placeLabel}: ${place}`);
  const eta = !wait ? words.etaUnknown : wait.toMs < 5_000 ? words.etaSoon : words.eta(roughly(wait.fromMs), roughly(wait.toMs));
  return (
    <Frame desk={desk} state="in_line" title={words.waitingTitle}>
      <dl class="figures">
        <Figure label={words.placeLabel} value={place} />
        <Figure label={words.etaLabel} value={eta} />
        <Figure label={words.paceLabel} value={words.pace(number(Math.round(pacePerS)))} />
        {item && <Figure label={words.leftLabel} value={number(item.left)} />}
      </dl>
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      <p class="soft">{words.keepOpen}</p>
    </Frame>
  );
}

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

function Reserved({ desk, attempt }: { desk: Desk; attempt: Attempt }) {
  const [asks, setAsks] = useState(false);
  return (
    <Frame desk={desk} state="reserved" title={words.reservedTitle}>
      {attempt.deadline_ms !== undefined && (
        <p class="deadline">
          {words.reservedUntil} <Countdown to={attempt.deadline_ms} />
        </p>
      )}
      {attempt.price && <Bill price={attempt.price} />}
      <PayForm desk={desk} attempt={attempt} />
      {asks ? (
        <p>
          {words.giveBackSure}{' '}
          <button class="danger" type="button" onClick={() => void desk.giveBack()}>
            {words.giveBack}
          </button>
        </p>
      ) : (
        <button type="button" disabled={desk.paying} onClick={() => setAsks(true)}>
          {words.giveBack}
        </button>
      )}
    </Frame>
  );
}

function Bill({ price }: { price: Price }) {
  return (
    <ul class="bill">
      {price.lines.map((line) => (
        <li>
          {words.pricePer(number(line.units), money(line.unit_minor, price.currency))}
          {line.tier !== undefined && <span class="soft"> ({words.priceTier(number(line.tier))})</span>}
        </li>
      ))}
      {price.coupon && <li class="soft">{words.couponApplied(price.coupon)}</li>}
      <li>
        {words.total}: <strong>{money(price.total_minor, price.currency)}</strong>
      </li>
    </ul>
  );
}

function Standby({ desk, attempt }: { desk: Desk; attempt: Attempt }) {
  const place = desk.standbyPlace(attempt);
  return (
    <Frame desk={desk} state="standby" title={words.standbyTitle}>
      {place !== undefined && (
        <dl class="figures">
          <Figure label={words.standbyPlace} value={number(place)} />
        </dl>
      )}
      <p>{words.standbyText}</p>
      <p class="soft">{words.keepOpen}</p>
    </Frame>
  );
}

function Confirmed({ desk, attempt }: { desk: Desk; attempt: Attempt }) {
  const { order } = attempt;
  return (
    <Frame desk={desk} state="confirmed" title={words.confirmedTitle}>
      <p class="notice good">{order ? words.confirmedText : words.confirmedSoon}</p>
      {order && (
        <p>
          {words.orderNumber}: <strong data-order={order.number}>{order.number}</strong>
        </p>
      )}
      {order?.state === 'refunded' && <p class="notice">{words.refundedText}</p>}
      {attempt.price && <Bill price={attempt.price} />}
      <button type="button" onClick={() => desk.startAnew()}>
        {words.buyMore}
      </button>
    </Frame>
  );
}

function Over({ desk, attempt }: { desk: Desk; attempt: Attempt }) {
  const texts: Record<string, [string, string]> = {
    sold_out: [words.soldOutTitle, words.soldOutText],
    expired: [words.expiredTitle, words.expiredText],
    cancelled: [words.cancelledTitle, words.cancelledText],
    standby_ended: [words.standbyEndedTitle, words.standbyEndedText],
  };
  const [title, text] = texts[attempt.state] ?? [words.refusedTitle, words.problem];
  const why = attempt.reason === undefined ? undefined : words.reasons[attempt.reason];
  return (
    <Frame desk={desk} state={attempt.state} title={title}>
      <p>{attempt.state === 'refused' && why ? why : text}</p>
      {attempt.state !== 'refused' && why && <p class="soft">{why}</p>}
      <button type="button" onClick={() => desk.startAnew()}>
        {words.again}
      </button>
    </Frame>
  );
}
