import { words } from '../../i18n/shop';
import type { Shell } from '../shell';
import { isOver, isSoldOut } from '../states';
import type { Sale } from '../types';

interface Props {
  shell: Shell;
  sale: Sale;
  said?: string | undefined;
  label?: string;
}

/** The way to another try, where there is anything to click for: what is said of it goes with its button. */
export function Anew({ shell, sale, said, label = words.again }: Props) {
  if (isOver(sale.status) || isSoldOut(sale)) return null;
  return (
    <>
      {said && <p>{said}</p>}
      <button type="button" onClick={() => shell.send({ type: 'start anew' })}>
        {label}
      </button>
    </>
  );
}
