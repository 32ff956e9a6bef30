/** A text as a QR code, which can be shown as large as the screen is. */
import { useRef } from 'preact/hooks';
import { words } from '../../i18n/before';
import { Squares } from '../../shared/qr/Squares';
import './qr.css';

export function QrCode({ text, label }: { text: string; label: string }) {
  const large = useRef<HTMLDialogElement>(null);
  return (
    <div class="qr">
      <Squares text={text} label={label} />
      <button type="button" class="no-print" onClick={() => large.current?.showModal()}>
        {words.enlarge}
      </button>
      <dialog ref={large} class="qr-large" aria-label={label}>
        <Squares text={text} label={label} />
        <form method="dialog">
          <button>{words.close}</button>
        </form>
      </dialog>
    </div>
  );
}
