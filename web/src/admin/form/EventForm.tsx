import { useState } from 'preact/hooks';
import { words } from '../../i18n/admin';
import { words as form } from '../../i18n/form';
import { useAddress } from '../address';
import { loadedOf, type Loaded } from '../draft';
import { useLoad } from '../hooks';
import * as kept from '../kept';
import { Title, Trouble } from '../parts';
import { ask } from '../session';
import type { GatewayList, MachineCheckList, ParticipationList, Product, ProductList, SaleEvent, SeriesList } from '../types';
import { copyOf, notCopiedOf } from './copied';
import { Form } from './Form';

const text = words.form;
const PAGE = 200;
/** With more products than these pages have, the oldest are found by their SKU alone. */
const PAGES_MAX = 5;

/** A new sale, one that is a copy of another, or one that has not opened yet. */
export function EventForm({ event }: { event?: string }) {
  const { query } = useAddress();
  const from = event ? undefined : (query.get('from') ?? undefined);
  return <Read key={from} event={event} from={from} />;
}

async function allProducts(): Promise<Product[]> {
  const all: Product[] = [];
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const last = all.at(-1);
    const { products } = await ask<ProductList>(`/products?limit=${PAGE}${last ? `&before=${last.id}` : ''}`);
    all.push(...products);
    if (products.length < PAGE) break;
  }
  return all;
}

function Read({ event, from }: { event: string | undefined; from: string | undefined }) {
  const name = event ?? (from ? `copy.${from}` : 'new');
  const [before, setBefore] = useState(() => kept.read(name));
  const known = useLoad(
    async () => ({
      products: await allProducts(),
      gateways: (await ask<GatewayList>('/gateways')).gateways,
      participations: (await ask<ParticipationList>('/participations')).participations,
      machineChecks: (await ask<MachineCheckList>('/machine-checks')).machine_checks,
      series: (await ask<SeriesList>('/series?limit=200')).series,
      loaded: event ? loadedOf(await ask<SaleEvent>(`/events/${event}`)) : undefined,
      original: from ? loadedOf(await ask<SaleEvent>(`/events/${from}`)) : undefined,
    }),
    [event, from],
  );
  const startOver = (): void => {
    kept.drop(name);
    setBefore(undefined);
    void known.look();
  };
  const original = known.value?.original;
  const status = known.value?.loaded?.event.status;
  const hasOpened = status !== undefined && status !== 'draft' && status !== 'upcoming';
  return (
    <>
      <Title text={event ? text.edit : from ? form.duplicateTitle : text.create} />
      <Trouble text={known.problem} />
      {before && (
        <p class="notice">
          {text.kept}{' '}
          <button type="button" onClick={startOver}>
            {text.startOver}
          </button>
        </p>
      )}
      {original && <Copied original={original} />}
      {hasOpened && <p class="notice">{form.opened}</p>}
      {known.value && !hasOpened && (
        <Form
          key={before ? 'kept' : 'new'}
          name={name}
          event={event}
          from={from}
          known={known.value}
          read={before ? before.loaded : known.value.loaded}
          copied={original && copyOf(original.draft, form.copyName(original.event.name))}
          typed={before?.draft}
        />
      )}
    </>
  );
}

/** What a copy does not have of its original. */
function Copied({ original: { event } }: { original: Loaded }) {
  return (
    <div class="notice">
      <p>{form.copied(event.name)}</p>
      <ul>
        {notCopiedOf(event).map((what) => (
          <li key={what}>{form.notCopied[what]}</li>
        ))}
      </ul>
    </div>
  );
}
