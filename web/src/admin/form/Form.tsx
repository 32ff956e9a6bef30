import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words as admin } from '../../i18n/admin';
import { words } from '../../i18n/form';
import { digits, isCurrency, number, separator } from '../../i18n/locale';
import { Problem } from '../../shared/api';
import { emptyDraft, troubleWith, withoutBlanks, type Draft, type ItemDraft, type Loaded } from '../draft';
import { useAction, useLoad } from '../hooks';
import * as kept from '../kept';
import { ScheduleDialog } from '../ScheduleDialog';
import { Dialog, Trouble } from '../parts';
import type { Refused } from '../refused';
import { ask } from '../session';
import type { Gateway, Health, MachineCheck, Participation, Product, Series } from '../types';
import { BuyersStep } from './BuyersStep';
import { Changes, type Meanwhile } from './Changes';
import { checklistOf } from './checklist';
import { CheckStep } from './CheckStep';
import { Editing } from './Editing';
import { usePictures } from './pictures';
import { Preview } from './Preview';
import { RulesStep } from './RulesStep';
import { followed, saved } from './saving';
import { shownOf } from './shown';
import { SoldStep } from './SoldStep';
import { StartStep } from './StartStep';
import { StepList } from './StepList';
import { stepOf, STEPS, type Step } from './steps';
import { useStandings, useStep } from './stepping';
import { Warnings } from './Warnings';
import { pictureOf, warningsOf } from './warnings';

const text = admin.form;
/** No currency, no digits: then the price waits for one. */
const DIGITS_USUAL = 2;
/** Whether a time has passed is looked at so often. */
const LOOK_EVERY_MS = 10_000;

interface Known {
  products: Product[];
  gateways: Gateway[];
  participations: Participation[];
  machineChecks: MachineCheck[];
  series: Series[];
}

interface Props {
  /** What it is kept under. */
  name: string;
  event: string | undefined;
  /** The sale that this is a copy of. */
  from: string | undefined;
  known: Known;
  read: Loaded | undefined;
  copied: Draft | undefined;
  typed: Draft | undefined;
}

export function Form({ name, event, from, known, read, copied, typed }: Props) {
  const { products, gateways } = known;
  const [usual] = useState(emptyDraft);
  const [loaded, setLoaded] = useState(read);
  const [initial] = useState(() => read?.draft ?? copied ?? usual);
  const [draft, setDraft] = useState(typed ? { ...initial, ...typed } : initial);
  const [meanwhile, setMeanwhile] = useState<Meanwhile>();
  const [refused, setRefused] = useState<Refused>({});
  const [isAsked, setAsked] = useState(false);
  const [isKept, setKept] = useState(true);
  const [looksAt, setLooksAt] = useState(false);
  /** It was asked to be scheduled: what will happen is said first. */
  const [isToSchedule, setToSchedule] = useState(false);
  const [isUploading, setUploading] = useState(false);
  const [nowMs, setNow] = useState(() => Date.now());
  const fields = useRef<HTMLFormElement>(null);
  const { busy, problem, act } = useAction();
  const { step, addressOf, go, lead } = useStep(event ? `events/${event}/edit` : 'new', from);
  const standings = useStandings(fields, refused, isAsked);
  // Whatever is changed may mend what was refused.
  const turn = (to: (before: Draft) => Draft): void => (setRefused({}), setDraft(to));
  const put = (part: Partial<Draft>): void => turn((before) => ({ ...before, ...part }));
  const putItem = (at: number, item: ItemDraft): void =>
    turn((before) => ({ ...before, items: before.items.map((old, index) => (index === at ? item : old)) }));
  // What is shown is what is sent: the server's first may be another by then.
  const gateway: Gateway | '' = draft.gateway || (gateways[0] ?? '');
  const offered = gateway && !gateways.includes(gateway) ? [gateway, ...gateways] : gateways;
  const isScheduled = loaded?.event.scheduled ?? false;

  const pictures = usePictures(draft.items.flatMap((item) => pictureOf(item, products) ?? []));
  const reading = { digits: isCurrency(draft.currency) ? digits(draft.currency) : DIGITS_USUAL, separator };
  const missing = new Set([...pictures].filter(([, is]) => is === 'missing').map(([address]) => address));
  const warnings = warningsOf(draft, { nowMs, products, reading, missing });
  const shown = shownOf(draft, products, reading);
  const health = useLoad(async () => (step === 'check' ? await ask<Health>('/health') : undefined), [step]);
  const checks = checklistOf(draft, { products, reading, gateways, gateway, health: health.value, warnings });

  useEffect(() => {
    if (draft !== initial) setKept(kept.keep(name, { draft, ...(loaded && { loaded }) }));
  }, [draft, loaded]);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), LOOK_EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    const [first] = Object.keys(refused);
    if (first === undefined) return;
    const marked = fields.current?.querySelector<HTMLElement>('[aria-invalid=true]');
    if (marked) lead(marked);
    else go(stepOf(first));
  }, [refused]);

  const submit = async (submitted: SubmitEvent): Promise<void> => {
    submitted.preventDefault();
    const scheduled = isScheduled || (submitted.submitter as HTMLButtonElement | null)?.value === 'schedule';
    setMeanwhile(undefined);
    const invalid = fields.current?.querySelectorAll<HTMLInputElement>('input:invalid, select:invalid, textarea:invalid') ?? [];
    // A draft is saved without what only scheduling needs.
    const wrong = [...invalid].find(({ validity, dataset }) => scheduled || !validity.valueMissing || dataset['waits'] === undefined);
    if (wrong) {
      setAsked(true);
      return lead(wrong);
    }
    const found = troubleWith(draft, scheduled);
    setRefused(found);
    if (Object.keys(found).length > 0) return;
    if (scheduled && !isScheduled) return setToSchedule(true);
    await send(scheduled);
  };

  const send = async (scheduled: boolean): Promise<void> => {
    const whole = scheduled ? draft : withoutBlanks(draft);
    setDraft(whole);
    let id: string | undefined;
    await act(async () => {
      try {
        const made = (at: number, sku: string): void => {
          const item = whole.items[at];
          if (item) putItem(at, { ...item, sku });
        };
        const sent = whole.checkout === 'handed_over' ? whole : { ...whole, gateway };
        ({ id } = await saved({ draft: sent, scheduled, loaded, made, refuse: setRefused }));
      } catch (error) {
        if (!(loaded && error instanceof Problem && error.kind === 'stale')) throw error;
        const now = await followed(whole, loaded);
        setMeanwhile(now.meanwhile);
        setLoaded(now.loaded);
        setDraft(now.draft);
      }
    });
    setToSchedule(false);
    if (id === undefined) return;
    kept.drop(name);
    location.hash = `#/events/${id}`;
  };

  const all = { draft, refused, put };
  const content: Record<Step, ComponentChildren> = {
    sold: <SoldStep {...all} products={products} putItem={putItem} isScheduled={isScheduled} setBusy={setUploading} />,
    start: <StartStep {...all} isScheduled={isScheduled} />,
    rules: <RulesStep {...all} usual={usual} gateway={gateway} offered={offered} />,
    buyers: <BuyersStep {...all} {...known} isKnown={event !== undefined} isScheduled={isScheduled} />,
    check: (
      <CheckStep
        draft={draft}
        shown={shown}
        checks={checks}
        gateways={gateways}
        gateway={gateway}
        isUnasked={health.problem !== ''}
        addressOf={addressOf}
        copyAddress={event && `#/new?from=${event}`}
      />
    ),
  };
  const at = STEPS.indexOf(step);
  const [before, next] = [STEPS[at - 1], STEPS[at + 1]];
  const preview = <Preview draft={draft} shown={shown} pictures={pictures} />;
  return (
    <>
      {event !== undefined && loaded && <Editing event={event} version={loaded.event.version} />}
      <StepList step={step} standings={standings} addressOf={addressOf} />
      <button type="button" class="show-preview" onClick={() => setLooksAt(true)}>
        {words.showPreview}
      </button>
      <div class="beside">
        <form ref={fields} class="fields" noValidate onSubmit={(submitted) => void submit(submitted)}>
          {STEPS.map((one, index) => (
            <section key={one} data-step={one} hidden={one !== step}>
              <h2 tabIndex={-1}>
                {words.steps[one]} <small>{words.stepOf(number(index + 1), number(STEPS.length))}</small>
              </h2>
              {one === 'check' && <Warnings warnings={warnings} />}
              {content[one]}
              <Warnings warnings={warnings.filter(({ step }) => step === one)} />
            </section>
          ))}
          <Trouble text={problem} />
          {meanwhile && <Changes {...meanwhile} zone={draft.zone} />}
          <div class="form-bar">
            <p class="buttons">
              {before && (
                <a class="button" href={addressOf(before)}>
                  {words.back}
                </a>
              )}
              {next && (
                <a class={isScheduled ? 'button' : 'button primary'} href={addressOf(next)}>
                  {words.next(words.steps[next])}
                </a>
              )}
              {!isScheduled && (
                <button type="submit" value="draft" disabled={busy || isUploading}>
                  {text.saveDraft}
                </button>
              )}
              {(isScheduled || step === 'check') && (
                <button class="primary" type="submit" value="schedule" disabled={busy || isUploading}>
                  {isScheduled ? text.save : text.schedule}
                </button>
              )}
            </p>
          </div>
          <small>{!isKept ? words.keepsNothing : isScheduled ? words.keepsUpcoming : words.keeps}</small>
        </form>
        <aside class="preview-side" aria-label={words.preview}>
          <h2>{words.preview}</h2>
          {preview}
          <small>{words.previewNote}</small>
        </aside>
      </div>
      {isToSchedule && (
        <ScheduleDialog draft={draft} items={shown.items} gateway={gateway} busy={busy} problem="" close={() => setToSchedule(false)} schedule={() => void send(true)} />
      )}
      {looksAt && (
        <Dialog title={words.preview} leave={words.close} close={() => setLooksAt(false)}>
          {preview}
          <small>{words.previewNote}</small>
        </Dialog>
      )}
    </>
  );
}
