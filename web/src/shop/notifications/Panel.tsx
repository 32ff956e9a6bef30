/** By what somebody is told of a sale while its page is closed: each way is switched on and off by itself. */
import { useEffect, useState } from 'preact/hooks';
import { words as texts } from '../../i18n/notifications';
import { language } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { Problem } from '../../shared/api';
import { EmailForm } from '../email/EmailForm';
import { callAsShopper, email, isGuest } from '../session';
import type { MailWish, NotificationView } from '../types';
import * as browser from './browser';

const pathOf = (event: string): string => `/api/v1/sales/${event}/notifications`;

export function Panel({ event, hasLobby, takesPart }: { event: string; hasLobby: boolean; takesPart: boolean }) {
  const [told, setTold] = useState<NotificationView>();
  const [problem, setProblem] = useState<Problem>();
  const read = (): Promise<void> =>
    callAsShopper<NotificationView>(pathOf(event)).then(setTold, (error: unknown) => setProblem(Problem.of(error)));
  useEffect(() => void read(), [event]);
  if (problem) return <Wrong text={words.problems[problem.kind] ?? texts.failed} />;
  if (!told) return <p class="soft">{words.loading}</p>;
  if (!told.mail_offered && !told.push_key) return <p class="soft">{texts.nothing}</p>;
  return (
    <div class="fields">
      <p class="soft">{texts.what(hasLobby)}</p>
      {told.push_key && <ByPush event={event} told={told} pushKey={told.push_key} read={read} />}
      {told.mail_offered && <ByMail event={event} takesPart={takesPart} isOn={told.mail} read={read} />}
    </div>
  );
}

interface WayProps {
  event: string;
  read: () => Promise<void>;
}

function ByPush({ event, told, pushKey, read }: WayProps & { told: NotificationView; pushKey: string }) {
  const [own, setOwn] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  useEffect(() => void browser.known().then(setOwn), [told]);
  if (!browser.canPush()) return <p class="soft">{texts.browserNot}</p>;
  const isOn = own !== undefined && told.pushes.includes(own);
  const turn = async (): Promise<void> => {
    setBusy(true);
    setWrong(undefined);
    const path = `${pathOf(event)}/push`;
    try {
      if (isOn) await callAsShopper(`${path}/${own}`, { method: 'DELETE' });
      else {
        const wish = await browser.subscribe(pushKey);
        if (wish) await callAsShopper(path, { method: 'PUT', body: { ...wish, language } });
        else setWrong(texts.browserDenied);
      }
      await read();
    } catch (error) {
      setWrong(error instanceof Problem ? texts.failed : texts.browserFailed);
    }
    setBusy(false);
  };
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={isOn} disabled={busy} onClick={(click) => (click.preventDefault(), void turn())} />
        <span>
          {texts.browser} <small class="soft">{texts.browserHow}</small>
        </span>
      </label>
      {wrong && <Wrong text={wrong} />}
    </>
  );
}

function ByMail({ event, takesPart, isOn, read }: WayProps & { takesPart: boolean; isOn: boolean }) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [signsIn, setSignsIn] = useState(false);
  const turn = async (change: { method: string; body?: MailWish }): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const call = callAsShopper(`${pathOf(event)}/mail`, change).then(read);
    await call.catch((error: unknown) => setProblem(Problem.of(error)));
    setBusy(false);
  };
  const submit = (submitted: SubmitEvent): void => {
    submitted.preventDefault();
    const address = String(new FormData(submitted.currentTarget as HTMLFormElement).get('address') ?? '').trim();
    void turn({ method: 'PUT', body: { email: address, language } });
  };
  if (isOn) {
    return (
      <section aria-label={texts.mail}>
        <p>{texts.mailOn}</p>
        <button type="button" disabled={busy} onClick={() => void turn({ method: 'DELETE' })}>
          {texts.mailOff}
        </button>
        {problem && <Wrong text={texts.failed} />}
      </section>
    );
  }
  if (!email()) {
    // Signed in by e-mail they would be another shopper, to whom neither a place nor an account belongs.
    if (takesPart || !isGuest()) return <p class="soft">{texts.mailBefore}</p>;
    return (
      <section aria-label={texts.mail}>
        <p class="soft">{texts.mailSignIn}</p>
        {signsIn ? (
          <EmailForm />
        ) : (
          <button type="button" onClick={() => setSignsIn(true)}>
            {texts.signIn}
          </button>
        )}
      </section>
    );
  }
  const wrong = problem && (problem.kind === 'address_unconfirmed' ? texts.mailNotYours : problem.kind === 'invalid' ? texts.addressWrong : texts.failed);
  return (
    <form class="fields" noValidate aria-label={texts.mail} onSubmit={submit}>
      <label>
        {texts.mailAddress}
        <input
          name="address"
          type="email"
          dir="ltr"
          autocomplete="email"
          autocapitalize="off"
          spellcheck={false}
          maxLength={254}
          aria-invalid={wrong !== undefined}
          aria-describedby={wrong ? 'tell-address-wrong' : undefined}
        />
        {wrong && (
          <small id="tell-address-wrong" class="wrong" role="alert">
            {wrong}
          </small>
        )}
      </label>
      <button type="submit" disabled={busy}>
        {texts.mailSend}
      </button>
      <p class="soft">{texts.mailPrivacy}</p>
    </form>
  );
}

function Wrong({ text }: { text: string }) {
  return (
    <p class="notice bad" role="alert">
      {text}
    </p>
  );
}
