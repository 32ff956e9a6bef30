import { useEffect, useState } from 'preact/hooks';
import { moment } from '../i18n/locale';
import { words } from '../i18n/shop';
import { isQuiet, setQuiet } from './chime';
import { Countdown } from './Countdown';
import type { Desk } from './desk';
import { useDesk } from './hooks';
import { ItemList } from './ItemList';
import { Notices, ProblemNotice } from './Notices';
import { Standing } from './Standing';
import { BuyForm } from './BuyForm';
import type { Sale } from './types';

export function SalePage({ event }: { event: string }) {
  const desk = useDesk(event);
  const [quiet, hush] = useState(isQuiet);
  const standing = useTitle(desk, quiet);
  if (!desk?.sale) {
    return (
      <>
        <h1>{words.loading}</h1>
        {desk?.problem && <ProblemNotice problem={desk.problem} />}
      </>
    );
  }
  const { sale, problem } = desk;
  // Who waits wants to see that first, on a small screen and with a screen reader.
  const mine = (
    <section class="card desk" aria-label={desk.wish ? words.waitingTitle : words.buy}>
      {desk.wish ? <Standing desk={desk} sale={sale} /> : <BuyForm desk={desk} sale={sale} />}
      <label class="check">
        <input
          type="checkbox"
          checked={!quiet}
          onChange={(change) => {
            setQuiet(!change.currentTarget.checked);
            hush(isQuiet());
          }}
        />
        {words.soundOn}
      </label>
    </section>
  );
  return (
    <>
      <h1>{sale.name}</h1>
      {sale.description && <p class="soft">{sale.description}</p>}
      <When sale={sale} />
      <Notices desk={desk} />
      <p class="hidden-but-read" role="status">
        {standing}
      </p>
      {problem && <ProblemNotice problem={problem} />}
      <div class="columns">
        {desk.wish && mine}
        <section aria-label={words.item}>
          <ItemList sale={sale} />
        </section>
        {!desk.wish && mine}
      </div>
    </>
  );
}

function When({ sale }: { sale: Sale }) {
  return (
    <p class="when">
      <span class={`badge ${sale.status}`}>{words.status[sale.status]}</span>{' '}
      {sale.status === 'upcoming' && (
        <>
          {words.opensIn} <Countdown to={sale.opens_at_ms} /> <span class="soft">{moment(sale.opens_at_ms)}</span>
        </>
      )}
      {sale.status === 'active' && (
        <>
          {words.closesIn} <Countdown to={sale.closes_at_ms} />
        </>
      )}
    </p>
  );
}

/** How it stands, in words. The title says so too, and that there is news while nobody looks. */
function useTitle(desk: Desk | undefined, quiet: boolean): string {
  const state = desk?.attempt?.state;
  const standing: Record<string, string> = {
    in_line: words.waitingTitle,
    reserved: words.reservedTitle,
    standby: words.standbyTitle,
    confirmed: words.confirmedTitle,
    sold_out: words.soldOutTitle,
    expired: words.expiredTitle,
    refused: words.refusedTitle,
  };
  const said = (desk?.wish && state && standing[state]) || '';
  const text = said || desk?.sale?.name || 'Flashline';
  const mark = desk?.news && !quiet && document.visibilityState === 'hidden' ? '★ ' : '';
  useEffect(() => {
    document.title = `${mark}${text}`;
  }, [mark, text]);
  return said;
}
