/** What can be done before a sale opens, beside being reminded. The code of each comes when somebody opens it. */
import { useState } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { words } from '../../i18n/shop';
import { later } from '../later';
import type { Sale } from '../types';

export interface ChoiceProps {
  sale: Sale;
}

const DeviceCheck = later<ChoiceProps>(() => import('./DeviceCheck').then(({ DeviceCheck }) => DeviceCheck));
const Share = later<ChoiceProps>(() => import('./Share').then(({ Share }) => Share));
const Ahead = later<ChoiceProps>(() => import('./Ahead').then(({ Ahead }) => Ahead));

export function Choices({ sale }: ChoiceProps) {
  return (
    <>
      <Choice sale={sale} name="device" title={words.deviceCheck} View={DeviceCheck} />
      {(sale.has_coupons || sale.buyer_fields) && <Choice sale={sale} name="ahead" title={words.fillAhead} View={Ahead} />}
      <Choice sale={sale} name="share" title={words.share} View={Share} />
    </>
  );
}

function Choice({ sale, name, title, View }: ChoiceProps & { name: string; title: string; View: ComponentType<ChoiceProps> }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="choice" data-choice={name} onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>{title}</summary>
      {isOpen && <View sale={sale} />}
    </details>
  );
}
