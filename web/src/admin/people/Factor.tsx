/** A second factor that somebody sets up: for the camera of their phone, or to be typed. */
import { words as text } from '../../i18n/people';
import { Squares } from '../../shared/qr/Squares';
import { Copy } from './Once';

export function Factor({ view }: { view: { secret: string; otpauth_url: string } }) {
  return (
    <>
      <p>{text.scan}</p>
      <div class="factor-qr">
        <Squares text={view.otpauth_url} label={text.qr} />
      </div>
      <p class="buttons">
        {text.here}
        <a class="button" href={view.otpauth_url}>
          {text.openApp}
        </a>
      </p>
      <p>
        {text.typed}
        <code class="secret" dir="ltr">
          {view.secret}
        </code>
      </p>
      <div class="buttons">
        <Copy what={view.secret} label={text.copySecret} />
      </div>
    </>
  );
}
