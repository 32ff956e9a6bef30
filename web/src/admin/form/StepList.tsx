import { number } from '../../i18n/locale';
import { words } from '../../i18n/form';
import { STEPS, type Standing, type Step } from './steps';

interface Props {
  step: Step;
  standings: Partial<Record<Step, Standing>>;
  addressOf: (step: Step) => string;
}

const MARKS: Record<Standing, string> = { wrong: '!', open: '', complete: '✓' };

/** All steps, each of which can be gone to at any time. */
export function StepList({ step, standings, addressOf }: Props) {
  return (
    <nav class="steps" aria-label={words.stepsLabel}>
      <ol>
        {STEPS.map((one, at) => {
          const standing = standings[one];
          return (
            <li key={one}>
              <a href={addressOf(one)} aria-current={one === step ? 'step' : undefined} class={standing}>
                <span class="step-mark" aria-hidden="true">
                  {(standing && MARKS[standing]) || number(at + 1)}
                </span>
                <span class="step-name" aria-hidden="true">
                  {words.steps[one]}
                </span>
                <span class="hidden-but-read">{standing ? `${words.steps[one]}, ${words.standings[standing]}` : words.steps[one]}</span>
              </a>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
