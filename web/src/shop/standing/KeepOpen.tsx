import { exactly } from '../../i18n/locale';
import { words } from '../../i18n/shop';
import { isLasting } from '../../shared/storage';

/** What becomes of a place when the page is closed. */
export const KeepOpen = ({ holdMs }: { holdMs: number }) => (
  <p class="soft">{isLasting() ? words.ifClosed(exactly(holdMs)) : words.keepTab}</p>
);
