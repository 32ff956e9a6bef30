import { moment, momentBeside, money, number } from '../i18n/locale';
import { words } from '../i18n/shop';
import { Badge } from './Badge';
import { Countdown } from './Countdown';
import { useNow } from './hooks';
import { Picture } from './Picture';
import { Instead } from './Price';
import { go } from './router';
import { leftOf } from './rules/list';
import { lobbyPhase } from './rules/lobby';
import { isOver, isSoldOut } from './states';
import type { Item, Sale } from './types';

/** A sale in the list: what of, for how much, how many are left, and when. */
export function SaleCard({ sale }: { sale: Sale }) {
  const first = cheapest(sale.items);
  const isOpen = sale.status === 'active' || sale.status === 'paused';
  return (
    <article class="card">
      <Picture src={sale.items.find((item) => item.image_url)?.image_url} lazy />
      <div>
        <p>
          <Badge sale={sale} />
        </p>
        <h3>
          <a class="cover" href={`/sales/${sale.event_id}`} onClick={go}>
            <bdi>{sale.name}</bdi>
          </a>
        </h3>
        {first && <What sale={sale} item={first} />}
        {isOpen && !isSoldOut(sale) && <Left items={sale.items} isLive={sale.status === 'active'} />}
        <Times sale={sale} />
      </div>
    </article>
  );
}

/** Of what can be had, if anything can. */
const cheapest = (items: readonly Item[]): Item | undefined => {
  const there = items.filter((item) => !item.sold_out);
  return [...(there.length ? there : items)].sort((one, other) => one.sale_minor - other.sale_minor)[0];
};

function What({ sale: { items, currency, status }, item }: { sale: Sale; item: Item }) {
  const price = money(item.sale_minor, currency);
  return (
    <>
      <p class="soft">
        <bdi>{item.name}</bdi> {items.length > 1 && words.andMore(number(items.length - 1))}
      </p>
      {!isOver(status) && (
        <p class="price">
          <strong>{items.length > 1 ? words.fromPrice(price) : price}</strong> <Instead item={item} currency={currency} />
        </p>
      )}
    </>
  );
}

function Left({ items, isLive }: { items: readonly Item[]; isLive: boolean }) {
  const { left, allocated } = leftOf(items);
  return (
    <div class="stock" data-live={isLive}>
      <progress max={Math.max(1, allocated)} value={left} aria-hidden="true" />
      <p>{words.left(number(left), number(allocated))}</p>
    </div>
  );
}

/** What comes next of it: of one that is yet to open, a lobby first; of one that is open, its end. */
function Times({ sale }: { sale: Sale }) {
  const { status, lobby, opens_at_ms, closes_at_ms } = sale;
  const now = useNow();
  const phase = lobbyPhase(sale, now);
  if (status === 'active') {
    return (
      <p class="soft">
        {words.closesIn} <Countdown to={closes_at_ms} />
      </p>
    );
  }
  if (status !== 'upcoming') return null;
  const [at, text] =
    lobby && phase === 'open' ? [lobby.closes_at_ms, words.lobbyOpenUntil(momentBeside(lobby.closes_at_ms, opens_at_ms))]
    : lobby && phase === 'before' ? [lobby.opens_at_ms, words.lobbyOpensAt(moment(lobby.opens_at_ms))]
    : [opens_at_ms, words.opensAt(moment(opens_at_ms))];
  if (now >= at) return null;
  return (
    <p class="soft">
      {text} (<Countdown to={at} />)
    </p>
  );
}
