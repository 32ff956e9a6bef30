import { words } from '../../i18n/shop';
import type { Shell } from '../shell';
import type { Sale } from '../types';
import { Anew } from './Anew';
import { Frame } from './Frame';

export function Lost({ shell, sale }: { shell: Shell; sale: Sale }) {
  return (
    <Frame shell={shell} state="lost" title={words.lostTitle}>
      <p class="notice bad">{words.lostText}</p>
      <Anew shell={shell} sale={sale} said={words.startAnew} />
    </Frame>
  );
}
