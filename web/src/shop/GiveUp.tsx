import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import type { Shell } from './shell';

/** Gives up what this shopper has, when asked twice. */
export function GiveUp({ shell, label, sure }: { shell: Shell; label: string; sure: string }) {
  const [asks, setAsks] = useState(false);
  if (shell.state.leaving) return <p role="status">{words.oneMoment}</p>;
  if (!asks) {
    return (
      <button type="button" disabled={shell.state.paying} onClick={() => setAsks(true)}>
        {label}
      </button>
    );
  }
  return (
    <p class="buttons">
      <span>{sure}</span>
      <button class="danger" type="button" onClick={() => shell.send({ type: 'give up' })}>
        {label}
      </button>
      <button type="button" onClick={() => setAsks(false)}>
        {words.keepIt}
      </button>
    </p>
  );
}
