/** Signing in by e-mail: an address, then the code that was sent to it. What is wrong is said at the field that it is about. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { words as texts } from '../../i18n/email';
import { isolate, language, number } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { call, Problem } from '../../shared/api';
import { now } from '../../shared/clock';
import { become, leavesSomething } from '../arrival';
import { useNow } from '../hooks';
import { sessionAt, type Session } from '../session';
import type { CodeAnswer, CodeRequest, Confirmation } from '../types';
import * as kept from './asked';

export function EmailForm() {
  const [asked, setAsked] = useState(kept.read);
  const [session, setSession] = useState<Session>();
  const turn = (next: kept.Asked | undefined): void => {
    kept.keep(next);
    setAsked(next);
  };
  // The code is used up by then.
  const stay = (): void => (setSession(undefined), turn(undefined));
  if (session) return <Holds session={session} stay={stay} />;
  return asked ? <CodeForm asked={asked} turn={turn} holds={setSession} /> : <AddressForm turn={turn} />;
}

/** @throws {Problem} when none can be sent. That one was, nobody says. */
async function askFor(email: string): Promise<kept.Asked> {
  const body: CodeRequest = { email, language };
  const said = await call<CodeAnswer>('/api/v1/sessions/email', { method: 'POST', body });
  const at = (seconds: number): number => now() + seconds * 1000;
  return { email, againAtMs: at(said.again_after_s), endsAtMs: at(said.lasts_s), hourMax: said.an_hour_max };
}

/** Something that is under way once at a time, and why it did not work. */
function useTry() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const attempt = async (action: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    await action().catch((error: unknown) => setProblem(Problem.of(error)));
    setBusy(false);
  };
  return { busy, problem, attempt, forget: () => setProblem(undefined) };
}

const textOf = (form: EventTarget | null, name: string): string => String(new FormData(form as HTMLFormElement).get(name) ?? '').trim();

function AddressForm({ turn }: { turn: (asked: kept.Asked) => void }) {
  const { busy, problem, attempt } = useTry();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const email = textOf(event.currentTarget, 'email');
    void attempt(async () => turn(await askFor(email)));
  };
  return (
    <form class="fields" data-sign-in="address" noValidate onSubmit={submit}>
      <h2>{texts.title}</h2>
      <p>{texts.why}</p>
      <Field
        name="email"
        label={texts.address}
        wrong={problem && (problem.kind === 'invalid' ? texts.addressWrong : said(problem))}
        input={{ type: 'email', autocomplete: 'email', maxLength: 254 }}
      />
      <button class="primary" type="submit" disabled={busy}>
        {texts.send}
      </button>
      <p class="soft">{texts.privacy}</p>
    </form>
  );
}

interface CodeFormProps {
  asked: kept.Asked;
  turn: (asked: kept.Asked | undefined) => void;
  holds: (session: Session) => void;
}

function CodeForm({ asked, turn, holds }: CodeFormProps) {
  const entering = useTry();
  const again = useTry();
  const [isAgain, setAgain] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const waitS = Math.ceil((asked.againAtMs - useNow()) / 1000);
  useEffect(() => heading.current?.focus(), []);
  // What was wrong with the code before says nothing of the next.
  const sendAgain = (): Promise<void> =>
    again.attempt(async () => {
      entering.forget();
      setAgain(false);
      turn(await askFor(asked.email));
      setAgain(true);
    });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    setAgain(false);
    const body: Confirmation = { email: asked.email, code: textOf(event.currentTarget, 'code') };
    void entering.attempt(async () => {
      const session = { ...(await sessionAt('/api/v1/sessions/email/confirm', { body })), email: kept.masked(asked.email) };
      kept.keep(undefined);
      if (await leavesSomething(session)) holds(session);
      else await enter(session);
    });
  };
  const wrong = entering.problem?.kind === 'email_code_wrong' ? texts.codeWrong : entering.problem?.kind === 'invalid' ? texts.codeIncomplete : undefined;
  return (
    <form class="fields" data-sign-in="code" noValidate onSubmit={submit}>
      <h2 ref={heading} tabIndex={-1}>
        {texts.codeTitle}
      </h2>
      <p>
        {texts.sentTo(isolate(asked.email))} {texts.patience(number(asked.hourMax))}
      </p>
      <Field
        name="code"
        label={texts.code}
        wrong={wrong ?? (entering.problem && said(entering.problem))}
        input={{ type: 'text', inputMode: 'numeric', autocomplete: 'one-time-code', maxLength: 16 }}
      />
      <button class="primary" type="submit" disabled={entering.busy}>
        {texts.confirm}
      </button>
      <p class="buttons">
        <button type="button" disabled={again.busy || waitS > 0} onClick={() => void sendAgain()}>
          {waitS > 0 ? texts.againIn(number(waitS)) : texts.again}
        </button>
        <button type="button" onClick={() => turn(undefined)}>
          {texts.otherAddress}
        </button>
      </p>
      <p role="status">{isAgain && texts.sentAgain}</p>
      {again.problem && (
        <p class="notice bad" role="alert">
          {said(again.problem)}
        </p>
      )}
    </form>
  );
}

/** What a guest holds cannot be moved: whoever holds something is asked first. */
function Holds({ session, stay }: { session: Session; stay: () => void }) {
  const { busy, attempt } = useTry();
  return (
    <section class="notice" role="alert" data-sign-in="holds">
      <p>{texts.holds}</p>
      <p class="buttons">
        <button type="button" disabled={busy} onClick={stay}>
          {words.signInNot}
        </button>
        <button class="danger" type="button" disabled={busy} onClick={() => void attempt(() => enter(session))}>
          {words.signInNow}
        </button>
      </p>
    </section>
  );
}

/** The page of somebody else is shown anew: keyboards and screen readers begin at its content. */
async function enter(session: Session): Promise<void> {
  await become(session);
  document.getElementById('content')?.focus();
}

/** None of these is tried again by itself, as what the shop's table of problems is about mostly is. */
function said({ kind }: Problem): string {
  if (kind === 'rate_limited') return texts.tooMany;
  if (kind === 'too_many_guesses' || kind === 'no_email') return words.problems[kind] ?? words.problem;
  return texts.notNow;
}

interface FieldProps {
  name: string;
  label: string;
  wrong: string | undefined;
  input: { type: 'email' | 'text'; autocomplete: 'email' | 'one-time-code'; inputMode?: 'numeric'; maxLength: number };
}

function Field({ name, label, wrong, input }: FieldProps) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => (wrong ? field.current?.focus() : undefined), [wrong]);
  return (
    <label>
      {label}
      <input
        ref={field}
        name={name}
        dir="ltr"
        autocapitalize="off"
        spellcheck={false}
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong ? `${name}-wrong` : undefined}
        {...input}
      />
      {wrong && (
        <small id={`${name}-wrong`} class="wrong" role="alert">
          {wrong}
        </small>
      )}
    </label>
  );
}
