import { inLanguage } from '../locale';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { zh } from './zh';

/** Every text of what can be done before a sale opens. Of their own, since they come only when they are asked for. */
export const words = inLanguage({ en, de, zh, ar });
