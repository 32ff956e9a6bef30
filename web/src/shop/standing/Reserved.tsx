import { words } from '../../i18n/shop';
import { Bill, Changed } from '../Bill';
import { BuyerFirst } from '../buyer/BuyerFirst';
import { GiveUp } from '../GiveUp';
import { AtBank } from '../pay/AtBank';
import { PayForm } from '../pay/PayForm';
import type { Shell } from '../shell';
import type { Attempt } from '../types';
import { Frame } from './Frame';
import { PayWithin } from './PayWithin';

export function Reserved({ shell, attempt }: { shell: Shell; attempt: Attempt }) {
  const { wish, atBank, sale } = shell.state;
  return (
    <Frame shell={shell} state="reserved" title={words.reservedTitle}>
      <PayWithin state={shell.state} />
      {attempt.price && <Changed price={attempt.price} shownMinor={wish?.shownMinor} />}
      {attempt.price && <Bill price={attempt.price} />}
      <div class="buttons">
        {atBank ? (
          <AtBank shell={shell} action={atBank.action} />
        ) : (
          <BuyerFirst shell={shell} attempt={attempt}>
            <PayForm shell={shell} attempt={attempt} />
          </BuyerFirst>
        )}
        <GiveUp shell={shell} label={words.giveBack} sure={sale?.hoarding ? `${words.giveBackSure} ${words.unpaidCounts}` : words.giveBackSure} />
      </div>
    </Frame>
  );
}
