import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/form';
import { money, number } from '../../i18n/locale';
import { count } from '../amount';
import type { Draft } from '../draft';
import type { Gateway } from '../types';
import { preciseIn, utcOf, zoneIn } from '../zone';
import type { Check } from './checklist';
import type { Shown } from './shown';
import type { Step } from './steps';

const said = words.saidOf;

interface Props {
  draft: Draft;
  shown: Shown;
  checks: readonly Check[];
  gateways: readonly Gateway[];
  gateway: Gateway | '';
  /** The health could not be asked for. */
  isUnasked: boolean;
  addressOf: (step: Step) => string;
  /** Where this sale is duplicated, once it is saved. */
  copyAddress: string | undefined;
}

/** What was typed, and what is known of where it will run. */
export function CheckStep(props: Props) {
  const { checks, addressOf } = props;
  return (
    <>
      <section class="card" aria-label={words.checklist}>
        <ul class="checklist">
          {checks.map((check) => (
            <li key={check.kind} class={check.mark}>
              <b>{words.checks[check.kind]}</b> <span class={`badge ${check.mark}`}>{words.marks[check.mark]}</span>
              <Said {...props} check={check} />
              {check.step && (check.mark === 'open' || check.mark === 'look') && <a href={addressOf(check.step)}>{words.go(words.steps[check.step])}</a>}
              {check.kind === 'servers' && <a href="#/health">{said.health}</a>}
            </li>
          ))}
        </ul>
      </section>
      <Trial {...props} />
    </>
  );
}

function Said({ draft, shown, gateway, isUnasked, check: { kind, mark } }: Props & { check: Check }) {
  if (kind === 'prices') return <Items shown={shown} of={({ saleMinor }) => (saleMinor === undefined ? words.noPrice : money(saleMinor, draft.currency))} />;
  if (kind === 'stock') return <Items shown={shown} of={({ units }) => said.units(units === undefined ? '–' : number(units))} />;
  if (kind === 'times') return <Times draft={draft} />;
  if (kind === 'texts') return <p>{!draft.name.trim() ? said.noName : !draft.description.trim() ? said.noDescription : <bdi>{draft.name.trim()}</bdi>}</p>;
  if (kind === 'gateway') return <p>{mark !== 'open' && gateway ? said.gateway(admin.form.gateways[gateway]) : said.noGateway}</p>;
  return <p>{mark === 'unknown' ? (isUnasked ? said.serversFailed : said.serversUnknown) : mark === 'done' ? said.servers : said.noServers}</p>;
}

function Items({ shown, of }: { shown: Shown; of: (item: Shown['items'][number]) => string }) {
  return (
    <>
      {shown.items.map((item, at) => (
        <p key={at}>
          <bdi>{item.name || admin.item.title(number(at + 1))}</bdi>: {of(item)}
        </p>
      ))}
    </>
  );
}

/** With when the last who reserve can pay: the sale being closed does not take that from them. */
function Times({ draft: { opens, closes, holdSeconds, zone } }: { draft: Draft }) {
  if (!opens || !closes) return null;
  const hold = count(holdSeconds);
  const shown = (at: string): string => preciseIn(at, zoneIn(zone));
  return (
    <>
      <p>{said.fromTo(shown(opens), shown(closes))}</p>
      <p>
        <small>{said.fromTo(utcOf(opens), utcOf(closes))}</small>
      </p>
      {hold !== undefined && <p>{said.payableUntil(shown(new Date(Date.parse(closes) + hold * 1000).toISOString()))}</p>}
    </>
  );
}

/** How somebody can buy before shoppers do: only by what there is. */
function Trial({ draft, gateways, copyAddress }: Props) {
  const money = draft.checkout === 'handed_over' ? words.tryHanded : gateways.includes('sandbox') ? words.trySandbox : words.tryNoSandbox;
  return (
    <section class="card" aria-label={words.tryTitle}>
      <h3>{words.tryTitle}</h3>
      <p>
        {words.tryText} {money}
      </p>
      {copyAddress && (
        <a class="button" href={copyAddress}>
          {words.tryCopy}
        </a>
      )}
    </section>
  );
}
