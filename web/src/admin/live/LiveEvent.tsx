import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { words as liveWords } from '../../i18n/live';
import { words as replayWords } from '../../i18n/replay';
import { Actions } from '../Actions';
import { addressOf } from '../address';
import { Holders } from '../Holders';
import { useLoad } from '../hooks';
import { Badge, Title, Trouble } from '../parts';
import { Rules } from '../Rules';
import { SaleTime } from '../SaleTime';
import { momentIn, zoneIn } from '../zone';
import { ask, may } from '../session';
import type { GatewayList, SaleEvent } from '../types';
import { Alarms } from './Alarms';
import { Charts } from './Charts';
import { Countdown } from './Countdown';
import { useFigures, useHistory, type Span } from './figures';
import { Funnel } from './Funnel';
import { Stock } from './Stock';
import { Money, Tiles } from './Tiles';

const text = words.live;

/** A sale, from its opening on and second by second. */
export function LiveEvent({ event }: { event: string }) {
  const [span, setSpan] = useState<Span>('sale');
  const sale = useLoad(() => ask<SaleEvent>(`/events/${event}`), [event], 5_000);
  const gateways = useLoad(() => ask<GatewayList>('/gateways'), []);
  const live = useFigures(event);
  const history = useHistory(event, span);
  const spec = sale.value;
  const points = live.value ?? [];
  const last = points.at(-1);
  const latest = last?.figures;
  const isOver = latest?.status === 'ended' || latest?.status === 'stopped';
  return (
    <>
      <Title text={spec?.name ?? text.untitled} />
      <Trouble text={sale.problem || live.problem || history.problem} />
      {spec && last && latest && (
        <>
          <p>
            <Badge status={latest.status} /> <SaleTime at={spec.opens_at} zone={spec.time_zone} />{latest.status !== 'stopped' && <> – <SaleTime at={spec.closes_at} zone={spec.time_zone} /></>}
            {spec.status_reason && ` · ${spec.status_reason}`}
            {spec.participation !== 'anyone' && ` · ${words.form.participations[spec.participation]}`}
            {typeof spec.invited_count === 'number' && ` · ${words.invitations.count(number(spec.invited_count))}`}
            {spec.gateway && (gateways.value?.gateways.length ?? 0) > 1 && ` · ${words.form.gateway}: ${words.form.gateways[spec.gateway]}`}
          </p>
          <Countdown sale={spec} figures={latest} />
          <Alarms event={event} points={points} />
          <div class="run-bar">
            <Actions sale={{ ...spec, status: latest.status }} changed={() => void sale.look()} />
          </div>
          {latest.status !== 'draft' && latest.status !== 'upcoming' && (
            <p class="buttons">
              {isOver && (
                <a class="button" href={`#/events/${event}/report`}>
                  {liveWords.report}
                </a>
              )}
              <a class="button" href={`#/events/${event}/replay`}>
                {replayWords.replay}
              </a>
              <a class="button" href={`#/orders?event=${event}`}>
                {liveWords.itsOrders}
              </a>
              <a class="button" href={addressOf('webhooks/deliveries', { event })}>
                {words.webhooks.deliveries}
              </a>
            </p>
          )}
          {!isOver && latest.status !== 'draft' && (
            <p>
              <small>{liveWords.reportWhen(momentIn(spec.closes_at, zoneIn(spec.time_zone)))}</small>
            </p>
          )}
          {latest.lobby?.waits_for && <p class="notice bad">{text.drawWaits[latest.lobby.waits_for]}</p>}
          <Tiles point={last} />
          <Money figures={latest} />
          <Funnel figures={latest} />
          <Stock figures={latest} />
          <Charts points={points} history={history.value?.span === span ? history.value : undefined} isOver={isOver} span={span} setSpan={setSpan} />
          <Rules sale={spec} />
          {may('run') && <Holders event={event} />}
        </>
      )}
    </>
  );
}
