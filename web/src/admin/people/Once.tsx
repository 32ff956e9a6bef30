/** What is shown only now, to be copied. */
import { useState } from 'preact/hooks';
import { words as text } from '../../i18n/people';

export function Once({ secret }: { secret: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(secret);
    setIsCopied(true);
  };
  return (
    <>
      <code class="secret lines" dir="ltr">
        {secret}
      </code>
      {'clipboard' in navigator && (
        <button type="button" onClick={() => void copy().catch(() => setIsCopied(false))}>
          {isCopied ? text.copied : text.copy}
        </button>
      )}
    </>
  );
}
