/** What is said before a sale is scheduled: from then on shoppers find it. */
import type { ComponentChildren } from 'preact';
import { words as admin } from '../i18n/admin';
import { words as desk } from '../i18n/desk';
import { words as form } from '../i18n/form';
import { isolate, money, number } from '../i18n/locale';
import type { Draft } from './draft';
import type { ShownItem } from './form/shown';
import { Dialog, Table, Trouble } from './parts';
import { SaleTime } from './SaleTime';
import type { Gateway } from './types';

const text = desk.schedule;

interface Props {
  draft: Draft;
  items: readonly ShownItem[];
  gateway: Gateway | '';
  busy: boolean;
  problem: string;
  close: () => void;
  schedule: () => void;
}

export function ScheduleDialog({ draft, items, gateway, busy, problem, close, schedule }: Props) {
  const { lobby, zone } = draft;
  const price = ({ saleMinor, ladder }: ShownItem): string => {
    if (saleMinor === undefined) return form.noPrice;
    return ladder.length > 0 ? text.from(money(saleMinor, draft.currency)) : money(saleMinor, draft.currency);
  };
  return (
    <Dialog title={text.title(isolate(draft.name.trim()))} leave={text.cancel} close={close}>
      <Trouble text={problem} />
      {Date.parse(draft.opens) <= Date.now() ? <p class="notice">{form.warnings.opens_past}</p> : <p>{text.text}</p>}
      <dl class="given">
        {lobby && (
          <Said name={text.lobby}>
            <SaleTime at={lobby.opens} zone={zone} /> <SaleTime at={lobby.closes} zone={zone} />
          </Said>
        )}
        <Said name={text.opens}>
          <SaleTime at={draft.opens} zone={zone} />
        </Said>
        <Said name={text.closes}>
          <SaleTime at={draft.closes} zone={zone} />
        </Said>
        <Said name={text.gateway}>{draft.checkout === 'handed_over' ? text.shop : gateway ? admin.form.gateways[gateway] : form.saidOf.noGateway}</Said>
      </dl>
      <Table label={text.items} head={text.head} amounts={[1, 2]}>
        {items.map((item, at) => (
          <tr key={at}>
            <th scope="row" class="product">
              <bdi>{item.name || admin.item.title(number(at + 1))}</bdi>
            </th>
            <td class="amount">{item.units === undefined ? '–' : number(item.units)}</td>
            <td class="amount">{price(item)}</td>
          </tr>
        ))}
      </Table>
      <button class="primary" type="button" disabled={busy} onClick={schedule}>
        {text.now}
      </button>{' '}
    </Dialog>
  );
}

const Said = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
