import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../i18n/admin';
import { momentOf, number } from '../i18n/locale';
import { Problem } from '../shared/api';
import { Sentence } from './audit/Sentence';
import { BuyerFields } from './BuyerFields';
import { emptyCut, emptyDraft, emptyItem, loadedOf, lobbyBefore, minor, rebased, skuOf, specOf, troubleWith, type Draft, type ItemDraft, type Loaded, type LobbyDraft } from './draft';
import { Choice, CountField, Field, Group, TimeField } from './fields';
import { HoardingFields } from './HoardingFields';
import { useAction, useLoad } from './hooks';
import { CutFields, ItemFields } from './ItemFields';
import * as kept from './kept';
import { Title, Trouble } from './parts';
import { refusedOf, type Refused } from './refused';
import { SeriesField } from './SeriesField';
import { ask, change, replace } from './session';
import type { AuditEntry, AuditPage, Gateway, GatewayList, MachineCheck, MachineCheckList, Participation, ParticipationList, Product, ProductList, SaleEvent, Series, SeriesList } from './types';

const text = words.form;
/** What the form of a sale that does not exist yet is kept under. */
const NEW = 'new';

/** A new sale, or one that has not opened yet. */
export function EventForm({ event }: { event?: string }) {
  const form = event ?? NEW;
  const [before, setBefore] = useState(() => kept.read(form));
  const known = useLoad(
    async () => ({
      products: (await ask<ProductList>('/products?limit=200')).products,
      gateways: (await ask<GatewayList>('/gateways')).gateways,
      participations: (await ask<ParticipationList>('/participations')).participations,
      machineChecks: (await ask<MachineCheckList>('/machine-checks')).machine_checks,
      series: (await ask<SeriesList>('/series?limit=200')).series,
      loaded: event ? loadedOf(await ask<SaleEvent>(`/events/${event}`)) : undefined,
    }),
    [event],
  );
  const startOver = (): void => {
    kept.drop(form);
    setBefore(undefined);
    void known.look();
  };
  return (
    <>
      <Title text={event ? text.edit : text.create} />
      <Trouble text={known.problem} />
      {before && (
        <p class="notice">
          {text.kept}{' '}
          <button type="button" onClick={startOver}>
            {text.startOver}
          </button>
        </p>
      )}
      {known.value && (
        <Form
          key={before ? 'kept' : 'new'}
          event={event}
          products={known.value.products}
          gateways={known.value.gateways}
          participations={known.value.participations}
          machineChecks={known.value.machineChecks}
          series={known.value.series}
          read={before ? before.loaded : known.value.loaded}
          typed={before?.draft}
        />
      )}
    </>
  );
}

interface FormProps {
  event: string | undefined;
  products: Product[];
  gateways: Gateway[];
  /** Who can be let take part here. */
  participations: Participation[];
  /** What guests can be asked to show here. */
  machineChecks: MachineCheck[];
  series: Series[];
  read: Loaded | undefined;
  typed: Draft | undefined;
}

/** What became of the sale while the form was open. */
interface Meanwhile {
  entries: AuditEntry[];
  both: string[];
}

function Form({ event, products, gateways, participations, machineChecks, series, read, typed }: FormProps) {
  const form = event ?? NEW;
  const [loaded, setLoaded] = useState(read);
  const [initial] = useState(() => read?.draft ?? emptyDraft());
  const [draft, setDraft] = useState(typed ? { ...initial, ...typed } : initial);
  const [trouble, setTrouble] = useState('');
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const [refused, setRefused] = useState<Refused>({});
  const fields = useRef<HTMLFormElement>(null);
  const { busy, problem, act } = useAction();
  // Whatever is changed may mend what was refused.
  const turn = (to: (before: Draft) => Draft): void => (setRefused({}), setDraft(to));
  const put = (part: Partial<Draft>): void => turn((before) => ({ ...before, ...part }));
  const putItem = (at: number, item: ItemDraft): void =>
    turn((before) => ({ ...before, items: before.items.map((old, index) => (index === at ? item : old)) }));
  // The shop takes the money: how, is none of ours.
  const isHandedOver = draft.checkout === 'handed_over';
  // What is shown is what is sent: the server's first may be another by then.
  const gateway = draft.gateway || (gateways[0] ?? '');
  const offered = gateway && !gateways.includes(gateway) ? [gateway, ...gateways] : gateways;
  useEffect(() => {
    if (draft !== initial) kept.keep(form, { draft, ...(loaded && { loaded }) });
  }, [draft, loaded]);
  useEffect(() => {
    if (Object.keys(refused).length > 0) fields.current?.querySelector<HTMLInputElement>('[aria-invalid=true]')?.focus();
  }, [refused]);

  /** Somebody has changed the sale since it was read: takes that over, but for what was typed here. */
  const follow = async (before: Loaded): Promise<void> => {
    const now = loadedOf(await ask<SaleEvent>(`/events/${before.event.id}`));
    const { entries } = await ask<AuditPage>(`/audit?subject=${before.event.id}&limit=200`);
    const merged = rebased(draft, before, now);
    setMeanwhile({ entries: entries.filter(({ detail }) => Number(detail['version'] ?? 0) > before.event.version), both: merged.both });
    setLoaded(now);
    setDraft(merged.draft);
  };

  /** Marks the fields of what is not taken. A product's are those of the item that it is for. */
  const marking = <T,>(sent: Promise<T>, of = ''): Promise<T> =>
    sent.catch((error: unknown) => {
      if (error instanceof Problem && error.kind === 'invalid') setRefused(refusedOf(error.detail, of));
      throw error;
    });

  const submit = async (submitted: SubmitEvent): Promise<void> => {
    submitted.preventDefault();
    const scheduled = loaded?.event.scheduled || (submitted.submitter as HTMLButtonElement | null)?.value === 'schedule';
    const found = troubleWith(draft);
    setTrouble(found);
    setRefused({});
    setMeanwhile(undefined);
    if (found) return;
    let saved: string | undefined;
    await act(async () => {
      for (const [at, item] of draft.items.entries()) {
        if (item.sku) continue;
        const product = {
          sku: skuOf(item), name: item.newName.trim(), description: '', currency: draft.currency,
          list_minor: minor(item.list, draft.currency), ...(item.newPicture && { image_url: item.newPicture.trim() }),
        };
        await marking(change('/products', product), `items[${at}].`);
        // Made now: a second try after a later problem must not make it again.
        putItem(at, { ...item, sku: skuOf(item) });
      }
      const spec = specOf(isHandedOver ? draft : { ...draft, gateway }, scheduled, loaded);
      try {
        const sent = loaded ? replace<SaleEvent>(`/events/${loaded.event.id}`, spec, loaded.event.version) : change<SaleEvent>('/events', spec);
        saved = (await marking(sent)).id;
      } catch (error) {
        if (!(loaded && error instanceof Problem && error.kind === 'stale')) throw error;
        await follow(loaded);
      }
    });
    if (saved === undefined) return;
    kept.drop(form);
    location.hash = `#/events/${saved}`;
  };

  return (
    <form ref={fields} class="fields" onSubmit={(submitted) => void submit(submitted)}>
      <Group title={text.sale}>
        <div class="grid">
          <Field label={text.name} value={draft.name} refused={refused['name']} set={(name) => put({ name })} required />
          <Field label={text.currency} value={draft.currency} refused={refused['currency']} set={(text) => put({ currency: text.toUpperCase() })} required />
          <TimeField label={text.opens} value={draft.opens} refused={refused['opens_at']} set={(opens) => put({ opens })} />
          <TimeField label={text.closes} value={draft.closes} refused={refused['closes_at']} set={(closes) => put({ closes })} />
        </div>
        <label>
          {text.description}
          <textarea value={draft.description} onInput={(input) => put({ description: input.currentTarget.value })} />
        </label>
      </Group>
      <Group title={text.rules}>
        <div class="grid">
          <Choice
            label={text.start}
            value={draft.lobby ? 'draw' : 'first_come'}
            set={(start) => put({ lobby: start === 'draw' ? lobbyBefore(draft.opens) : undefined })}
            options={[
              ['first_come', text.firstCome],
              ['draw', text.byDraw],
            ]}
          />
          {draft.lobby && <LobbyFields lobby={draft.lobby} refused={refused} set={(lobby) => put({ lobby })} />}
          <Choice
            label={text.checkout}
            value={draft.checkout}
            set={(checkout) => put({ checkout })}
            options={[
              ['reservation', text.reservation],
              ['direct_order', text.directOrder],
              ['handed_over', text.handedOver],
            ]}
          />
          {isHandedOver && (
            <Field label={text.checkoutUrl} value={draft.checkoutUrl} refused={refused['checkout_url']} set={(checkoutUrl) => put({ checkoutUrl })} hint={text.checkoutUrlHint} required />
          )}
          {offered.length > 1 && !isHandedOver && (
            <Choice
              label={text.gateway}
              value={gateway}
              set={(gateway) => put({ gateway })}
              options={offered.map((gateway) => [gateway, text.gateways[gateway]] as const)}
            />
          )}
          <CountField label={text.holdSeconds} min={1} value={draft.holdSeconds} refused={refused['hold_seconds']} set={(holdSeconds) => put({ holdSeconds })} required />
          <CountField label={text.standbyHoldSeconds} min={1} value={draft.standbyHoldSeconds} refused={refused['standby_hold_seconds']} set={(standbyHoldSeconds) => put({ standbyHoldSeconds })} />
          <CountField label={isHandedOver ? text.extendSeconds : text.graceSeconds} min={0} value={draft.graceSeconds} refused={refused['grace_seconds']} set={(graceSeconds) => put({ graceSeconds })} required />
          <CountField label={text.perShopperMax} min={1} value={draft.perShopperMax} refused={refused['per_shopper_max']} set={(perShopperMax) => put({ perShopperMax })} required />
          <CountField label={text.quantityMax} min={1} value={draft.quantityMax} refused={refused['quantity_max']} set={(quantityMax) => put({ quantityMax })} required />
          <CountField label={text.standbyMax} min={0} value={draft.standbyMax} refused={refused['standby_max']} set={(standbyMax) => put({ standbyMax })} required />
          <Choice
            label={text.participation}
            value={draft.participation}
            set={(participation) => put({ participation })}
            options={[...new Set([...participations, draft.participation])].map((participation) => [participation, text.participations[participation]] as const)}
          />
          {draft.participation !== 'anyone' && <small>{text.invitationsFirst}</small>}
          <SeriesField
            series={series}
            value={draft.series}
            settled={loaded?.event.scheduled ?? false}
            forGuests={draft.participation === 'anyone'}
            set={(series) => put({ series })}
          />
          <Choice
            label={text.machineCheck}
            value={draft.machineCheck}
            set={(machineCheck) => put({ machineCheck })}
            options={[...new Set([...machineChecks, draft.machineCheck])].map((check) => [check, text.machineChecks[check]] as const)}
            hint={draft.machineCheck === 'hosted' ? text.hostedCheckHint : undefined}
          />
          {!isHandedOver && (
            <CountField label={text.paymentTries} min={1} value={draft.paymentTries} refused={refused['payment_tries']} set={(paymentTries) => put({ paymentTries })} required />
          )}
        </div>
      </Group>
      {draft.items.map((item, index) => (
        <ItemFields
          key={index}
          number={index + 1}
          item={item}
          refused={(field) => refused[`items[${index}].${field}`]}
          currency={draft.currency}
          products={products.filter(({ currency }) => currency === draft.currency)}
          set={(changed) => putItem(index, changed)}
          remove={draft.items.length > 1 ? () => put({ items: draft.items.filter((_, at) => at !== index) }) : undefined}
        />
      ))}
      <p>
        <button type="button" onClick={() => put({ items: [...draft.items, emptyItem] })}>
          {text.addItem}
        </button>
      </p>
      <Group title={text.couponsAndAccess}>
        {draft.coupons.map((coupon, index) => {
          const set = (part: Partial<typeof coupon>): void =>
            put({ coupons: draft.coupons.map((before, at) => (at === index ? { ...before, ...part } : before)) });
          return (
            <div class="grid" key={index} role="group" aria-label={text.coupon(number(index + 1))}>
              <Field label={text.code} value={coupon.code} refused={refused[`coupons[${index}].code`]} set={(code) => set({ code })} required />
              <CutFields cut={coupon} currency={draft.currency} refused={refused[`coupons[${index}].cut`]} set={set} />
              <CountField label={text.uses} min={0} value={coupon.usesMax} set={(usesMax) => set({ usesMax })} />
              <button type="button" onClick={() => put({ coupons: draft.coupons.filter((_, at) => at !== index) })}>
                {text.removeCoupon(number(index + 1))}
              </button>
            </div>
          );
        })}
        <p>
          <button type="button" onClick={() => put({ coupons: [...draft.coupons, { ...emptyCut, code: '', usesMax: '' }] })}>
            {text.addCoupon}
          </button>
        </p>
        <label>
          {text.accessCodes}
          <textarea value={draft.accessCodes} onInput={(input) => put({ accessCodes: input.currentTarget.value })} />
          <small>
            {text.accessCodesHint} {event && text.accessCodesKept}
          </small>
        </label>
      </Group>
      <HoardingFields limits={draft.hoarding} refused={refused} set={(hoarding) => put({ hoarding })} />
      {!isHandedOver && (
        <BuyerFields
          fields={draft.buyerFields}
          refused={(field) => refused[`buyer_fields.${field}`]}
          set={(buyerFields) => put({ buyerFields })}
        />
      )}
      <Trouble text={trouble || problem} />
      {meanwhile && <Changes {...meanwhile} />}
      <p class="buttons">
        {!loaded?.event.scheduled && (
          <button type="submit" value="draft" disabled={busy}>
            {text.saveDraft}
          </button>
        )}
        <button class="primary" type="submit" value="schedule" disabled={busy}>
          {loaded?.event.scheduled ? text.save : text.schedule}
        </button>
      </p>
    </form>
  );
}

function LobbyFields({ lobby, refused, set }: { lobby: LobbyDraft; refused: Refused; set: (lobby: LobbyDraft) => void }) {
  return (
    <>
      <TimeField label={text.lobbyOpens} value={lobby.opens} refused={refused['lobby.opens_at']} set={(opens) => set({ ...lobby, opens })} />
      <TimeField label={text.lobbyCloses} value={lobby.closes} refused={refused['lobby.closes_at']} set={(closes) => set({ ...lobby, closes })} />
      <label class="check">
        <input type="checkbox" checked={lobby.beacon} onChange={(change) => set({ ...lobby, beacon: change.currentTarget.checked })} /> {text.beacon}
      </label>
    </>
  );
}

/** Who changed what since the sale was read, and what is to be looked at before it is saved again. */
function Changes({ entries, both }: Meanwhile) {
  return (
    <div class="notice bad" role="alert">
      <p>{text.stale}</p>
      <ul>
        {entries.map((entry) => (
          <li key={entry.id}>
            {momentOf(entry.at)}: <Sentence entry={entry} />
          </li>
        ))}
      </ul>
      {both.length > 0 && <p>{text.bothChanged(both.join(', '))}</p>}
    </div>
  );
}
