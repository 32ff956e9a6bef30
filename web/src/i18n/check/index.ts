import { inLanguage } from '../locale';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { zh } from './zh';

/** The texts of the hosted check: of their own, since they come only where it is asked. */
export const words = inLanguage({ en, de, zh, ar });
