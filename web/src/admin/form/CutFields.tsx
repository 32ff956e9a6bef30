import { words } from '../../i18n/admin';
import type { CutDraft, CutKind } from '../draft';
import { AmountField, Choice, PercentField } from '../fields';

const text = words.item;
const CUTS = Object.entries(text.cuts) as [CutKind, string][];

interface CutProps {
  cut: CutDraft;
  currency: string;
  refused?: string | undefined;
  set: (cut: CutDraft) => void;
}

/** By how much something is cheaper. */
export function CutFields({ cut, currency, refused, set }: CutProps) {
  const put = (amount: string): void => set({ kind: cut.kind, amount });
  return (
    <>
      <Choice label={text.rule} value={cut.kind} set={(kind) => set({ kind, amount: cut.amount })} options={CUTS} />
      {cut.kind === 'percent_off' ? (
        <PercentField label={text.percent} value={cut.amount} refused={refused} set={put} required />
      ) : (
        <AmountField label={text.amount} currency={currency} value={cut.amount} refused={refused} set={put} required />
      )}
    </>
  );
}
