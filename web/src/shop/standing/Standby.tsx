import { moment, number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { GiveUp } from '../GiveUp';
import { placeOnStandby } from '../rules/state';
import type { Shell } from '../shell';
import type { Attempt, Sale } from '../types';
import { Figure } from './Figure';
import { Frame } from './Frame';
import { KeepOpen } from './KeepOpen';
import { useSlowly } from './useSlowly';

export function Standby({ shell, sale }: { shell: Shell; sale: Sale }) {
  const { attempt, link } = shell.state;
  const place = placeOnStandby(shell.state);
  // Whoever leaves from the middle is noticed when it is their turn.
  const shown = place === undefined ? '' : place > 1 ? words.atMost(number(place)) : number(place);
  const spoken = useSlowly(shown && `${words.standbyPlace}: ${shown}`);
  const held = sale.items.find(({ sku }) => sku === attempt?.sku)?.held;
  return (
    <Frame shell={shell} state="standby" title={words.standbyTitle}>
      {place !== undefined && (
        <dl class="figures">
          <Figure label={words.standbyPlace} value={shown} />
        </dl>
      )}
      <p class="hidden-but-read" role="status">
        {spoken}
      </p>
      {!!held && link !== 'lost' && <p class="odds">{words.standbyHeld(number(held))}</p>}
      <p>{words.standbyText}</p>
      <KeepOpen holdMs={sale.hold_ms} />
      <GiveUp shell={shell} label={words.leaveStandby} sure={words.leaveStandbySure} />
    </Frame>
  );
}

/** On standby behind everybody else: there is no number that would stay true. */
export function Behind({ shell, sale, behind }: { shell: Shell; sale: Sale; behind: NonNullable<Attempt['behind']> }) {
  return (
    <Frame shell={shell} state="standby" title={words.behindTitle}>
      <p class="notice">{words.behindWhy[behind.why]}</p>
      <p>{words.behindText(moment(behind.until_ms))}</p>
      <KeepOpen holdMs={sale.hold_ms} />
      <GiveUp shell={shell} label={words.leaveStandby} sure={words.leaveStandbySure} />
    </Frame>
  );
}
