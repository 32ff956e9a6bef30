import { inLanguage } from '../locale';
import { ar } from './ar';
import { de } from './de';
import { en } from './en';
import { zh } from './zh';

export const words = inLanguage({ en, de, zh, ar });
