import { useEffect, useState } from 'preact/hooks';
import { learnDigits, moment, money } from '../i18n/locale';
import { words } from '../i18n/shop';
import { call, type Problem } from '../shared/api';
import { learn } from '../shared/clock';
import { Countdown } from './Countdown';
import { ProblemNotice } from './Notices';
import { go } from './router';
import type { Sale } from './types';

const LOOK_EVERY_MS = 10_000;

export function SaleList() {
  const [sales, setSales] = useState<Sale[]>();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    document.title = `${words.sales} · Flashline`;
    let timer: ReturnType<typeof setTimeout>;
    const look = async (): Promise<void> => {
      const askedAt = performance.now();
      try {
        const found = await call<{ server_time_ms: number; sales: Sale[] }>('/api/v1/sales');
        learn(found.server_time_ms, performance.now() - askedAt + 1_000);
        for (const sale of found.sales) learnDigits(sale.currency, sale.currency_digits);
        setSales(found.sales);
        setProblem(undefined);
      } catch (error) {
        setProblem(error as Problem);
      }
      timer = setTimeout(() => void look(), LOOK_EVERY_MS * (0.8 + Math.random() * 0.4));
    };
    void look();
    return () => clearTimeout(timer);
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
      {first?.image_url && <img class="picture" src={first.image_url} alt="" width="320" height="240" loading="lazy" />}
      <div>
        <p class={`badge ${sale.status}`}>{words.status[sale.status]}</p>
        <h2>
          <a class="cover" href={`/sales/${sale.event_id}`} onClick={go}>
            {sale.name}
          </a>
        </h2>
        {first && (
          <p>
            {sale.items.length > 1 ? `${first.name}, …` : first.name}: <strong>{money(first.sale_minor, sale.currency)}</strong>
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
