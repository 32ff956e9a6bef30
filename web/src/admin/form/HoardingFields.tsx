import { words } from '../../i18n/admin';
import type { HoardingDraft } from '../draft';
import { Choice, CountField, Group } from '../fields';
import type { Refused } from '../refused';

const text = words.hoarding;

/** Limits as most sales would choose them. */
const usual: HoardingDraft = { unpaidMax: '3', addressUnpaidMax: '20', restSeconds: '600', addressPercent: '5' };

interface Props {
  limits: HoardingDraft | undefined;
  refused: Refused;
  set: (limits: HoardingDraft | undefined) => void;
}

/** Whether units are kept from being hoarded, and by which limits. */
export function HoardingFields({ limits, refused, set }: Props) {
  const put = (part: Partial<HoardingDraft>): void => limits && set({ ...limits, ...part });
  return (
    <Group title={text.title}>
      <p>{text.hint}</p>
      <div class="grid">
        <Choice
          label={text.title}
          value={limits ? 'on' : 'off'}
          set={(chosen) => set(chosen === 'on' ? usual : undefined)}
          options={[
            ['off', text.off],
            ['on', text.on],
          ]}
        />
        {limits && (
          <>
            <CountField label={text.unpaidMax} min={1} value={limits.unpaidMax} refused={refused['hoarding.unpaid_max']} set={(unpaidMax) => put({ unpaidMax })} required />
            <CountField label={text.addressUnpaidMax} min={1} value={limits.addressUnpaidMax} refused={refused['hoarding.address_unpaid_max']} set={(addressUnpaidMax) => put({ addressUnpaidMax })} required />
            <CountField label={text.restSeconds} min={1} value={limits.restSeconds} refused={refused['hoarding.rest_seconds']} set={(restSeconds) => put({ restSeconds })} required />
            <CountField label={text.addressPercent} min={1} value={limits.addressPercent} refused={refused['hoarding.address_percent']} set={(addressPercent) => put({ addressPercent })} required />
          </>
        )}
      </div>
    </Group>
  );
}
