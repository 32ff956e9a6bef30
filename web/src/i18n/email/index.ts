import { inLanguage } from '../locale';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { zh } from './zh';

/** The texts of signing in by e-mail: of their own, since they come only where they are needed. */
export const words = inLanguage({ en, de, zh, ar });
