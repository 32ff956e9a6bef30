import { useEffect, useState } from 'preact/hooks';
import { learnDigits, moment, money } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Followed, type Problem } from '../shared/api';
import { asking, onJump } from '../shared/clock';
import { Badge } from './Badge';
import { Countdown } from './Countdown';
import { ProblemNotice } from './Notices';
import { Picture } from './Picture';
import { go } from './router';
import type { Sale, SaleList as Sales } from './types';

const LOOK_EVERY_MS = 10_000;
/** A cache may hold the list for so long. */
const AGE_MAX_MS = 1_000;

export function SaleList() {
  const [sales, setSales] = useState<Sale[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    document.title = `${words.sales} · Flashline`;
    const list = new Followed<Sales>('/api/v1/sales');
    let timer: ReturnType<typeof setTimeout>;
    let isGone = false;
    const look = async (): Promise<void> => {
      clearTimeout(timer);
      const learn = asking();
      try {
        const found = await list.read();
        if (found) {
          learn(found.server_time_ms, AGE_MAX_MS);
          for (const sale of found.sales) learnDigits(sale.currency, sale.currency_digits);
          setSales(found.sales);
        }
        setProblem(undefined);
      } catch (error) {
        setProblem(error as Problem);
      }
      if (!isGone) timer = setTimeout(() => void look(), LOOK_EVERY_MS * (0.8 + Math.random() * 0.4));
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
  return (
    <>
      <h1>{words.sales}</h1>
      {problem && <ProblemNotice problem={problem} />}
      {!sales && !problem && <p>{words.loading}</p>}
      {sales?.length === 0 && <p>{words.noSales}</p>}
      <ul class="sales">
        {sales?.map((sale) => (
          <li key={sale.event_id}>
            <Card sale={sale} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Card({ sale }: { sale: Sale }) {
  const [first] = sale.items;
  return (
    <article class="card">
      <Picture src={first?.image_url} lazy />
      <div>
        <p>
          <Badge sale={sale} />
        </p>
        <h2>
          <a class="cover" href={`/sales/${sale.event_id}`} onClick={go}>
            <bdi>{sale.name}</bdi>
          </a>
        </h2>
        {first && (
          <p>
            <bdi>{sale.items.length > 1 ? `${first.name}, …` : first.name}</bdi>:{' '}
            <strong>{money(first.sale_minor, sale.currency)}</strong>
          </p>
        )}
        {sale.status === 'upcoming' && (
          <p class="soft">
            {words.opensAt(moment(sale.opens_at_ms))} (<Countdown to={sale.opens_at_ms} />)
          </p>
        )}
      </div>
    </article>
  );
}
