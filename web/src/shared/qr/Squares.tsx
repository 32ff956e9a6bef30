/** A text as the squares of a QR code. Dark on white in every colour scheme: not every reader takes the reverse. */
import { encodeQR } from 'qr';
import { useMemo } from 'preact/hooks';

/** The quiet zone that readers need (ISO/IEC 18004). */
const BORDER = 4;

export function Squares({ text, label }: { text: string; label: string }) {
  const rows = useMemo(() => encodeQR(text, 'raw', { ecc: 'medium', border: BORDER }), [text]);
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  return (
    <svg viewBox={`0 0 ${rows.length} ${rows.length}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect width="100%" height="100%" fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
