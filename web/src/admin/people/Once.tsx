/** What is shown only now, to be copied or kept as a file. */
import { useState } from 'preact/hooks';
import { words as text } from '../../i18n/people';

interface OnceProps {
  secret: string;
  /** Offers it as a text file, too: its name, and what its first line says. */
  file?: { name: string; head: string };
}

export function Once({ secret, file }: OnceProps) {
  return (
    <>
      <code class="secret lines" dir="ltr">
        {secret}
      </code>
      <div class="buttons">
        <Copy what={secret} label={text.copy} />
        {file && (
          <a class="button" download={file.name} href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${file.head}\n\n${secret}\n`)}`}>
            {text.download}
          </a>
        )}
      </div>
    </>
  );
}

/** Only where a page may write to the clipboard: not by plain HTTP. */
export function Copy({ what, label }: { what: string; label: string }) {
  const [isCopied, setIsCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(what);
    setIsCopied(true);
  };
  if (!('clipboard' in navigator)) return null;
  return (
    <button type="button" onClick={() => void copy().catch(() => setIsCopied(false))}>
      {isCopied ? text.copied : label}
    </button>
  );
}
