/** How a sale went that is over, on one page: to read, to print, to send. */
import type { ComponentChildren } from 'preact';
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/live';
import { isolate, momentOf, money, number, percent } from '../../i18n/locale';
import { words as replay } from '../../i18n/replay';
import { useAction, useLoad } from '../hooks';
import { ItemName } from '../ItemName';
import { Badge, Cell, Table, Title, Trouble } from '../parts';
import { ask } from '../session';
import { SaleTime } from '../SaleTime';
import { momentIn, zoneIn, zoneOf } from '../zone';
import type { Report as Told, SaleEvent } from '../types';
import { saveFile } from '../saveFile';
import { duration } from './duration';

/** Until nothing is owed any more, figures change. */
const LOOK_EVERY_MS = 60_000;

export function Report({ event }: { event: string }) {
  const sale = useLoad(() => ask<SaleEvent>(`/events/${event}`), [event], LOOK_EVERY_MS);
  const isOver = sale.value?.status === 'ended' || sale.value?.status === 'stopped';
  const { value, problem } = useLoad(async () => (isOver ? ask<Told>(`/events/${event}/report`) : undefined), [event, isOver], LOOK_EVERY_MS);
  const { busy, problem: notLoaded, act } = useAction();
  const save = (kind: 'csv' | 'json'): void => void act(() => saveFile(`/events/${event}/report${kind === 'csv' ? '.csv' : ''}`, `report.${kind}`, words.failed));
  return (
    <article class="report">
      <p class="back">
        <a href={`#/events/${event}`}>{words.backToSale}</a>
      </p>
      <Title text={value ? words.reportOf(value.name) : words.report} />
      <Trouble text={sale.problem || problem || notLoaded} />
      {sale.value && !isOver && <p class="notice">{words.reportWhen(momentOf(sale.value.closes_at))}</p>}
      {value && (
        <>
          <p class="buttons">
            <button class="primary" type="button" onClick={() => print()}>
              {words.print}
            </button>
            <button type="button" disabled={busy} onClick={() => save('csv')}>
              {words.csv}
            </button>
            <button type="button" disabled={busy} onClick={() => save('json')}>
              {words.json}
            </button>
            <a class="button" href={`#/events/${event}/replay`}>
              {replay.replay}
            </a>
          </p>
          <Head report={value} />
          <div class="sections">
            <Demand report={value} />
            <Section title={words.soldOutTitle}>
              <p>{soldOut(value)}</p>
            </Section>
            <Waits report={value} />
            <GivenUp report={value} />
            <Standby report={value} />
            <Money report={value} />
          </div>
          <Sales report={value} />
        </>
      )}
    </article>
  );
}

/** A figure; or, in words, that it is not on record. */
const known = (value: number | undefined): string => (value === undefined ? words.unknown : number(value));
const share = (part: number | undefined, of: number | undefined): string =>
  part === undefined || !of ? '' : ` (${percent(Math.round((1_000 * part) / of) * 10)})`;

function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Facts({ facts }: { facts: [string, string][] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** From when until when, each with the zone of its day: clocks may be put back in between. */
function Period({ report: { opens_at: opens, opened_at: opened, ended_at: ended, time_zone: zone } }: { report: Told }) {
  const said = (at: string): string => `${momentIn(at, zoneIn(zone))} (${zoneOf(at, zoneIn(zone))})`;
  if (!opened) return <>{words.neverOpened(said(opens), said(ended))}</>;
  return (
    <>
      <SaleTime at={opened} zone={zone} /> – <SaleTime at={ended} zone={zone} />
    </>
  );
}

function Head({ report }: { report: Told }) {
  return (
    <>
      <p>
        <Badge status={report.status} /> <Period report={report} /> · {words.madeAt(momentOf(report.made_at))}
        {report.stop_reason && ` · ${words.stoppedBecause(isolate(report.stop_reason))}`}
      </p>
      {!report.is_settled && <p class="notice">{words.notSettled}</p>}
    </>
  );
}

function Demand({ report: { demand, funnel } }: { report: Told }) {
  const { attempts, allocated_units, answers } = demand;
  return (
    <Section title={words.demandTitle}>
      <Facts
        facts={[
          [words.attempts, known(attempts)],
          [words.allocated, number(allocated_units)],
          [words.perUnit, attempts === undefined || !allocated_units ? words.unknown : number(Math.round((100 * attempts) / allocated_units) / 100)],
          [words.granted, known(demand.granted_units)],
          [words.sold, known(demand.sold_units)],
          [words.held, known(demand.held_units)],
          [words.left, known(demand.left_units)],
          ...(['reserved', 'standby', 'sold_out', 'refused'] as const).map((answer): [string, string] => [
            words.answers[answer],
            known(answers?.[answer]) + share(answers?.[answer], attempts),
          ]),
          [words.reservations, number(funnel.reserved)],
          [words.funnelSteps.paying, number(funnel.paying) + share(funnel.paying, funnel.reserved)],
          [words.funnelSteps.paid, number(funnel.paid) + share(funnel.paid, funnel.reserved)],
        ]}
      />
      <small>{words.attemptsAre}</small>
    </Section>
  );
}

/** How soon nothing of an item was left. */
function itemSoldOut({ sold_out: { known: how, after_ms } }: Told['items'][number]): string {
  if (how === 'unknown') return words.unknown;
  return after_ms === undefined ? words.never : duration(after_ms);
}

function soldOut({ sold_out: { known: how, after_ms, within_ms } }: Told): string {
  if (how === 'unknown') return words.soldOutUnknown;
  if (how !== 'sold_out' || after_ms === undefined) return words.soldOutNever;
  return [words.soldOutAfter(duration(after_ms)), within_ms && words.soldOutWithin(duration(within_ms))].filter(Boolean).join(' ');
}

function Waits({ report: { waits, standby } }: { report: Told }) {
  const time = (ms: number | undefined, none: string): string => (ms === undefined ? none : duration(ms));
  const nobody = standby.served === 0 ? words.nobodyWaited : words.unknown;
  return (
    <Section title={words.waitsTitle}>
      <Table label={words.waitsTitle} head={words.waitsHead}>
        {waits.answer_p50_ms !== undefined && (
          <tr>
            <th scope="row">{words.clickToAnswer}</th>
            <td>{time(waits.answer_p50_ms, words.unknown)}</td>
            <td>{time(waits.answer_p95_ms, words.unknown)}</td>
          </tr>
        )}
        <tr>
          <th scope="row">{words.standbyToGrant}</th>
          <td>{time(waits.standby_p50_ms, nobody)}</td>
          <td>{time(waits.standby_p95_ms, nobody)}</td>
        </tr>
      </Table>
    </Section>
  );
}

const FATES = ['no_shows', 'ran_out_paying', 'given_back', 'payment_failed', 'released_by_shop', 'put_back'] as const;

function GivenUp({ report: { given_up } }: { report: Told }) {
  return (
    <Section title={words.givenUpTitle}>
      <Table label={words.givenUpTitle} head={words.givenUpHead} amounts={[1, 2]}>
        {FATES.map((fate) => (
          <tr key={fate}>
            <th scope="row" class="detail">
              {words.givenUp[fate]}
            </th>
            <td class="amount">{number(given_up[fate].reservations)}</td>
            <td class="amount">{number(given_up[fate].units)}</td>
          </tr>
        ))}
      </Table>
    </Section>
  );
}

function Standby({ report: { standby } }: { report: Told }) {
  return (
    <Section title={words.standbyTitle}>
      <Facts
        facts={[
          [words.places, known(standby.places)],
          [words.served, number(standby.served) + share(standby.served, standby.places)],
          [words.leftStandby, number(standby.left)],
          [words.unserved, number(standby.unserved)],
          [words.stillWaiting, number(standby.waiting)],
        ]}
      />
    </Section>
  );
}

function Money({ report: { money: sums, currency } }: { report: Told }) {
  return (
    <Section title={words.moneyTitle}>
      <Facts
        facts={[
          [words.orders, number(sums.orders)],
          [words.captured, money(sums.captured_minor, currency)],
          [words.refunded, money(sums.refunded_minor, currency)],
          [words.revenue, money(sums.revenue_minor, currency)],
        ]}
      />
    </Section>
  );
}

function Sales({ report: { items, tiers, coupons, currency } }: { report: Told }) {
  return (
    <>
      <h2>{words.itemsTitle}</h2>
      <div class="as-cards">
        <Table label={words.itemsTitle} head={words.itemsHead} amounts={[1, 2, 3, 4, 5, 6, 7, 8]}>
          {items.map((item) => {
            const cells = [
              number(item.allocated), known(item.sold), known(item.held), known(item.left), itemSoldOut(item),
              money(item.captured_minor, currency), money(item.refunded_minor, currency), money(item.revenue_minor, currency),
            ];
            return (
              <tr key={item.sku}>
                <th scope="row" class="product">
                  <ItemName name={item.name} sku={item.sku} />
                </th>
                {cells.map((cell, column) => (
                  <Cell key={column} of={words.itemsHead[column + 1]}>
                    {cell}
                  </Cell>
                ))}
              </tr>
            );
          })}
        </Table>
      </div>
      {tiers.length > 0 && (
        <>
          <h2>{words.tiersTitle}</h2>
          <p>{words.tiersNote}</p>
          <div class="as-cards"><Table label={words.tiersTitle} head={words.tiersHead} amounts={[2, 3]}>
            {tiers.map(({ sku, name, tier, units, sold_minor }) => (
              <tr key={`${sku} ${tier}`}>
                <th scope="row" class="product">
                  <ItemName name={name} sku={sku} />
                </th>
                <Cell of={words.tiersHead[1]} amount={false}>{tier === undefined ? words.noTier : words.tier(number(tier))}</Cell>
                <Cell of={words.tiersHead[2]}>{number(units)}</Cell>
                <Cell of={words.tiersHead[3]}>{money(sold_minor, currency)}</Cell>
              </tr>
            ))}
          </Table></div>
        </>
      )}
      {coupons.some(({ code }) => code !== undefined) && (
        <>
          <h2>{words.couponsTitle}</h2>
          <div class="as-cards"><Table label={words.couponsTitle} head={words.couponsHead} amounts={[1, 2, 3, 4]}>
            {coupons.map(({ code, orders, units, total_minor, refunded_minor }) => (
              <tr key={code ?? ''}>
                <th scope="row">{code === undefined ? words.noCoupon : <bdi>{code}</bdi>}</th>
                <Cell of={words.couponsHead[1]}>{number(orders)}</Cell>
                <Cell of={words.couponsHead[2]}>{number(units)}</Cell>
                <Cell of={words.couponsHead[3]}>{money(total_minor, currency)}</Cell>
                <Cell of={words.couponsHead[4]}>{money(refunded_minor, currency)}</Cell>
              </tr>
            ))}
          </Table></div>
        </>
      )}
      <p class="print-only">{admin.console}</p>
    </>
  );
}
