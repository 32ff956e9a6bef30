import { useEffect, useState } from 'preact/hooks';
import { learnDigits } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Followed, type Problem } from '../shared/api';
import { asking, now, onJump } from '../shared/clock';
import { useNow } from './hooks';
import { shopName, welcome } from './look';
import { ProblemNotice } from './ProblemNotice';
import { inSections, nextTurnMs } from './rules/list';
import { SaleCard } from './SaleCard';
import type { Sale, SaleList as Sales } from './types';

const LOOK_EVERY_MS = 10_000;
const SPREAD_MS = 3_000;
/** A cache may hold the list for so long. */
const AGE_MAX_MS = 1_000;

export function SaleList() {
  const [sales, setSales] = useState<Sale[]>();
  const [problem, setProblem] = useState<Problem>();
  const at = useNow();
  useEffect(() => {
    document.title = `${words.sales} · ${shopName}`;
    const list = new Followed<Sales>('/api/v1/sales');
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    let known: readonly Sale[] = [];
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      const learn = asking();
      try {
        const found = await list.read();
        if (found) {
          learn(found.server_time_ms, AGE_MAX_MS);
          for (const sale of found.sales) learnDigits(sale.currency, sale.currency_digits);
          known = found.sales;
          setSales(found.sales);
        }
        setProblem(undefined);
      } catch (error) {
        setProblem(error as Problem);
      }
      // When one of them opens or closes, everybody looks, but not in the same moment.
      const turn = Math.max(LOOK_EVERY_MS / 2, nextTurnMs(known, now())) + Math.random() * SPREAD_MS;
      if (!isGone) timer = setTimeout(() => void look(), Math.min(turn, LOOK_EVERY_MS * (0.8 + Math.random() * 0.4)));
    };
    const unfollow = onJump(() => {
      list.forget();
      void look();
    });
    void look();
    return () => {
      isGone = true;
      unfollow();
      clearTimeout(timer);
    };
  }, []);
  const sections = sales && inSections(sales, at);
  return (
    <>
      {welcome && (
        <p class="lead" dir="auto">
          {welcome}
        </p>
      )}
      <h1>{words.sales}</h1>
      {problem && <ProblemNotice problem={problem} />}
      {!sales && !problem && <p>{words.loading}</p>}
      {sales?.length === 0 && <p>{words.noSales}</p>}
      {sections && (
        <>
          <Section id="open" title={words.openSales} sales={sections.open} />
          <Section id="soon" title={words.soonSales} sales={sections.soon} />
          <Section id="over" title={words.overSales} sales={sections.over} />
        </>
      )}
    </>
  );
}

function Section({ id, title, sales }: { id: string; title: string; sales: readonly Sale[] }) {
  if (sales.length === 0) return null;
  return (
    <section class={`sales-of ${id}`} aria-labelledby={`sales-${id}`}>
      <h2 id={`sales-${id}`}>{title}</h2>
      <ul class="sales">
        {sales.map((sale) => (
          <li key={sale.event_id}>
            <SaleCard sale={sale} />
          </li>
        ))}
      </ul>
    </section>
  );
}
