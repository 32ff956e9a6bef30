import { inLanguage } from '../locale';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { zh } from './zh';

/** The texts of being told while the page is closed: of their own, since they come only when they are asked for. */
export const words = inLanguage({ en, de, zh, ar });
