import './before.css';
import { useState } from 'preact/hooks';
import { words } from '../../i18n/before';
import { words as texts } from '../../i18n/shop';
import { QrCode } from '../qr/QrCode';
import type { Sale } from '../types';

/** The page of a sale for somebody else: by what the device shares with, as an address, or as a code for a camera. */
export function Share({ sale }: { sale: Sale }) {
  const [said, say] = useState('');
  // Without what else may be in the address here.
  const url = `${location.origin}/sales/${sale.event_id}`;
  const share = (): void => void navigator.share({ title: sale.name, url }).catch(() => undefined);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(url);
      say(words.copied);
    } catch {
      say(words.copiedNot);
    }
  };
  return (
    <div class="opened share">
      <p class="buttons">
        {'share' in navigator && (
          <button class="primary" type="button" onClick={share}>
            {texts.share}
          </button>
        )}
        <button type="button" onClick={() => void copy()}>
          {words.copy}
        </button>
      </p>
      <p class="address" dir="ltr">
        {url}
      </p>
      <p role="status">{said}</p>
      <QrCode text={url} label={words.codeOf(sale.name)} />
    </div>
  );
}
