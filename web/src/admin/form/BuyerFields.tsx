import { words } from '../../i18n/admin';
import { number } from '../../i18n/locale';
import { Choice, Field, Group } from '../fields';
import type { Asked, BuyerFields as Fields } from '../types';

const text = words.buyers;
const WAYS = Object.entries(text.ways) as [Asked, string][];
/** Questions of one sale, as the API takes them. */
const QUESTIONS_MAX = 5;
const NAMES = ['name', 'email', 'phone', 'address'] as const;

interface Props {
  fields: Fields;
  refused: (field: string) => string | undefined;
  set: (fields: Fields) => void;
}

/** What a sale asks its buyers for, so that they can be sent what they bought. */
export function BuyerFields({ fields, refused, set }: Props) {
  const { questions } = fields;
  const putQuestion = (at: number, part: Partial<Fields['questions'][number]>): void =>
    set({ ...fields, questions: questions.map((before, index) => (index === at ? { ...before, ...part } : before)) });
  return (
    <Group title={text.asked}>
      <p>{text.hint}</p>
      <div class="grid">
        {NAMES.map((name) => (
          <Choice key={name} label={text.fields[name]} value={fields[name]} set={(asked) => set({ ...fields, [name]: asked })} options={WAYS} />
        ))}
      </div>
      {questions.map((question, at) => (
        <div class="grid" key={at} role="group" aria-label={text.question(number(at + 1))}>
          <Field
            label={text.question(number(at + 1))}
            value={question.text}
            refused={refused(`questions[${at}].text`)}
            set={(asked) => putQuestion(at, { text: asked })}
            required
          />
          <label class="check">
            <input type="checkbox" checked={question.required} onChange={(change) => putQuestion(at, { required: change.currentTarget.checked })} />{' '}
            {text.answerNeeded}
          </label>
          <button type="button" onClick={() => set({ ...fields, questions: questions.filter((_, index) => index !== at) })}>
            {text.removeQuestion(number(at + 1))}
          </button>
        </div>
      ))}
      {questions.length < QUESTIONS_MAX && (
        <p>
          <button type="button" onClick={() => set({ ...fields, questions: [...questions, { text: '', required: false }] })}>
            {text.addQuestion}
          </button>
        </p>
      )}
    </Group>
  );
}
