import { useState } from 'preact/hooks';
import { words } from '../i18n/shop';
import type { Desk } from './desk';

/** Gives up what this shopper has, when asked twice. */
export function GiveUp({ desk, label, sure }: { desk: Desk; label: string; sure: string }) {
  const [asks, setAsks] = useState(false);
  if (desk.state.leaving) return <p role="status">{words.oneMoment}</p>;
  if (!asks) {
    return (
      <button type="button" disabled={desk.state.paying} onClick={() => setAsks(true)}>
        {label}
      </button>
    );
  }
  return (
    <p>
      {sure}{' '}
      <button class="danger" type="button" onClick={() => desk.send({ type: 'give up' })}>
        {label}
      </button>
    </p>
  );
}
