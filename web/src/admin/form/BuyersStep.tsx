import { words } from '../../i18n/admin';
import { Choice, Group } from '../fields';
import type { MachineCheck, Participation, Series } from '../types';
import { BuyerFields } from './BuyerFields';
import { CouponFields } from './CouponFields';
import { HoardingFields } from './HoardingFields';
import { More } from './More';
import { SeriesField } from './SeriesField';
import type { StepProps } from './SoldStep';

const text = words.form;

interface Props extends StepProps {
  /** Who can be let take part here. */
  participations: readonly Participation[];
  /** What guests can be asked to show here. */
  machineChecks: readonly MachineCheck[];
  series: Series[];
  /** The sale is known to the server. */
  isKnown: boolean;
  isScheduled: boolean;
}

/** Who may take part and with which codes, what buyers are asked for, and what keeps machines and hoarders away. */
export function BuyersStep(props: Props) {
  const { draft, refused, put, participations, machineChecks, series, isScheduled } = props;
  const isRefused = Object.keys(refused).some((field) => /^(machine_check|hoarding|series_id)/.test(field));
  return (
    <>
      <Group title={text.couponsAndAccess}>
        <div class="grid">
          <Choice
            label={text.participation}
            value={draft.participation}
            set={(participation) => put({ participation })}
            options={[...new Set([...participations, draft.participation])].map((participation) => [participation, text.participations[participation]] as const)}
          />
          {draft.participation !== 'anyone' && <small>{text.invitationsFirst}</small>}
        </div>
        <CouponFields {...props} />
      </Group>
      {draft.checkout !== 'handed_over' && (
        <BuyerFields fields={draft.buyerFields} refused={(field) => refused[`buyer_fields.${field}`]} set={(buyerFields) => put({ buyerFields })} />
      )}
      <More isOpen={isRefused || draft.machineCheck !== 'off' || draft.hoarding !== undefined || draft.series !== ''}>
        <div class="card grid">
          <Choice
            label={text.machineCheck}
            value={draft.machineCheck}
            set={(machineCheck) => put({ machineCheck })}
            options={[...new Set([...machineChecks, draft.machineCheck])].map((check) => [check, text.machineChecks[check]] as const)}
            hint={draft.machineCheck === 'hosted' ? text.hostedCheckHint : undefined}
          />
          <SeriesField series={series} value={draft.series} settled={isScheduled} forGuests={draft.participation === 'anyone'} set={(series) => put({ series })} />
        </div>
        <HoardingFields limits={draft.hoarding} refused={refused} set={(hoarding) => put({ hoarding })} />
      </More>
    </>
  );
}
