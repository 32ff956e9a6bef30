import { useState } from 'preact/hooks';
import { words } from '../../i18n/shop';
import { later } from '../later';
import type { Lobby, Sale } from '../types';

const Explained = later<{ sale: Sale; lobby: Lobby }>(() => import('./Explained').then(({ Explained }) => Explained));

/** What it means that a sale starts by draw, and how far it can be checked: for who wants to know. */
export function HowDrawn({ sale }: { sale: Sale }) {
  const [isOpen, setOpen] = useState(false);
  const { lobby } = sale;
  if (!lobby) return null;
  return (
    <details class="soft" onToggle={(toggle) => setOpen(toggle.currentTarget.open)}>
      <summary>{words.byDraw}</summary>
      {isOpen && <Explained sale={sale} lobby={lobby} />}
    </details>
  );
}
