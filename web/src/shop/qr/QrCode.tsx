/** A text as a QR code, which can be shown as large as the screen is. */
import { encodeQR } from 'qr';
import { useMemo, useRef } from 'preact/hooks';
import { words } from '../../i18n/before';
import './qr.css';

/** The quiet zone that readers need (ISO/IEC 18004). */
const BORDER = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encodeQR(text, 'raw', { ecc: 'medium', border: BORDER }), [text]);
  const large = useRef<HTMLDialogElement>(null);
  return (
    <div class="qr">
      <Squares rows={rows} label={label} />
      <button type="button" class="no-print" onClick={() => large.current?.showModal()}>
        {words.enlarge}
      </button>
      <dialog ref={large} class="qr-large" aria-label={label}>
        <Squares rows={rows} label={label} />
        <form method="dialog">
          <button>{words.close}</button>
        </form>
      </dialog>
    </div>
  );
}

/** Dark on white in every colour scheme: not every reader takes the reverse. */
function Squares({ rows, label }: { rows: boolean[][]; label: string }) {
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
