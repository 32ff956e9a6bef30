/** Which step is shown, the way from one to another, and how each stands. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { addressOf, useAddress } from '../address';
import type { Refused } from '../refused';
import { standingOf, stepNamed, STEPS, type Standing, type Step } from './steps';

/** The step is in the address: the browser's buttons, a reload and a link have the same one. */
export function useStep(path: string, from: string | undefined) {
  const { query } = useAddress();
  const step = stepNamed(query.get('step'));
  const shown = useRef(step);
  /** The field that somebody is led to, once its step is shown. */
  const wanted = useRef<HTMLElement>();
  const ofStep = (step: Step): string => addressOf(path, { ...(from && { from }), step });
  const go = (to: Step): void => {
    if (to === step) return;
    history.pushState(null, '', ofStep(to));
    dispatchEvent(new HashChangeEvent('hashchange'));
  };
  const lead = (field: HTMLElement): void => {
    const its = stepNamed(field.closest<HTMLElement>('[data-step]')?.dataset['step'] ?? null);
    if (its === step) return reveal(field);
    wanted.current = field;
    go(its);
  };
  useEffect(() => {
    if (shown.current === step) return;
    shown.current = step;
    const field = wanted.current;
    wanted.current = undefined;
    if (field) return reveal(field);
    // Who came by a link begins at the step's head.
    document.querySelector<HTMLElement>(`[data-step=${step}] h2`)?.focus();
    scrollTo({ top: 0 });
    return undefined;
  }, [step]);
  return { step, addressOf: ofStep, go, lead };
}

/** Shows a field, also within what is folded away, and says what the browser finds wrong with it. */
function reveal(field: HTMLElement): void {
  const folded = field.closest('details');
  if (folded) folded.open = true;
  field.focus();
  if (field instanceof HTMLInputElement && !field.validity.valid) field.reportValidity();
}

/** How each step stands, by what the browser finds of its fields. The last has none of its own. */
export function useStandings(form: RefObject<HTMLFormElement>, refused: Refused, isAsked: boolean): Partial<Record<Step, Standing>> {
  const [standings, setStandings] = useState<Partial<Record<Step, Standing>>>({});
  // After every turn: what is valid follows what is shown.
  useEffect(() => {
    const now = Object.fromEntries(
      STEPS.filter((step) => step !== 'check').map((step) => {
        const inputs = form.current?.querySelectorAll<HTMLInputElement>(`[data-step=${step}] :is(input, select, textarea)`) ?? [];
        const seen = [...inputs].map(({ validity }) => ({ isValid: validity.valid, isMissing: validity.valueMissing }));
        return [step, standingOf(step, seen, refused, isAsked)];
      }),
    );
    if (JSON.stringify(now) !== JSON.stringify(standings)) setStandings(now);
  });
  return standings;
}
