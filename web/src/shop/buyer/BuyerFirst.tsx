import type { ComponentChildren, ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import * as ahead from '../ahead';
import type { Shell } from '../shell';
import type { Attempt, Buyer, BuyerFields } from '../types';
import type { BuyerFormProps } from './BuyerForm';
import { linesOf } from './lines';
import { useBuyer } from './useBuyer';

interface Props {
  shell: Shell;
  attempt: Attempt;
  /** How it is paid. */
  children: ComponentChildren;
}

/** What the sale asks for to send the goods, before what comes after it. A sale that asks for nothing asks nothing here. */
export function BuyerFirst({ shell, attempt, children }: Props) {
  const fields = shell.state.sale?.buyer_fields;
  if (!fields) return <>{children}</>;
  return (
    <Asked shell={shell} attempt={attempt} fields={fields}>
      {children}
    </Asked>
  );
}

function Asked({ shell, attempt, fields, children }: Props & { fields: BuyerFields }) {
  const { paying, leaving, problem } = shell.state;
  // What was known may have been deleted meanwhile.
  const { known, give } = useBuyer(attempt.event_id, attempt.attempt_id, problem?.kind === 'buyer_missing');
  const [isChanging, setChanging] = useState(false);
  const [hasGiven, setGiven] = useState(false);
  if (!known) return <p class="soft">{words.loading}</p>;
  const isAsked = isChanging || known.given_at_ms === undefined || known.missing.length > 0;
  if (isAsked && !paying) {
    const take = async (details: Parameters<typeof give>[0]): Promise<void> => {
      await give(details);
      setChanging(false);
      setGiven(true);
    };
    // What was filled in before the sale opened is there to be looked over: it is sent when they go on.
    const filled = known.given_at_ms === undefined ? { ...known, ...ahead.read(attempt.event_id).buyer } : known;
    return <FormWhenThere fields={fields} known={filled} isBusy={leaving} give={take} />;
  }
  return (
    <>
      {known.given_at_ms !== undefined && <Given known={known} isNew={hasGiven} change={paying ? undefined : () => setChanging(true)} />}
      {children}
    </>
  );
}

interface GivenProps {
  known: Buyer;
  /** It was given here a moment ago: the focus was in the form, and goes on from here. */
  isNew: boolean;
  change: (() => void) | undefined;
}

function Given({ known, isNew, change }: GivenProps) {
  const lines = linesOf(known);
  return (
    <div class="given">
      <h3 tabIndex={-1} ref={(heading) => void (isNew && document.activeElement === document.body && heading?.focus())}>
        {words.buyer.title}
      </h3>
      {lines.map((line, at) => (
        <bdi key={at}>{line}</bdi>
      ))}
      {change && (
        <button type="button" onClick={change}>
          {words.buyer.change}
        </button>
      )}
    </div>
  );
}

/** Its code comes only where a sale asks for something. */
function FormWhenThere(props: BuyerFormProps) {
  const [Form, setForm] = useState<ComponentType<BuyerFormProps>>();
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    import('./BuyerForm').then(
      ({ BuyerForm }) => setForm(() => BuyerForm),
      () => setAway(true),
    );
  }, []);
  if (isAway) return <p class="notice bad">{words.buyer.away}</p>;
  return Form ? <Form {...props} /> : <p class="soft">{words.loading}</p>;
}
