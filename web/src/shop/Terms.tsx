import { words } from '../i18n/shop';
import { HowDrawn } from './draw/HowDrawn';
import { isOver } from './states';
import type { Sale } from './types';

/** What is particular about a sale: for whom it is, in what order it is decided, who is served last. */
export function Terms({ sale }: { sale: Sale }) {
  const { invited_only, hoarding, lobby, status } = sale;
  const isOn = !isOver(status);
  if (!lobby && !(isOn && (invited_only || hoarding))) return null;
  return (
    <section class="terms soft" aria-label={words.aboutSale}>
      {invited_only && isOn && <p>{words.invitedOnly}</p>}
      {hoarding && isOn && <p>{words.hoardingSale}</p>}
      <HowDrawn sale={sale} />
    </section>
  );
}
