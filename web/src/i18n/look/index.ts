import { inLanguage } from '../locale';
import type { Words } from './en';

/** Only the person's own language is loaded, and everything else waits for it. */
export const words: Words = await inLanguage({
  en: async () => (await import('./en')).en,
  de: async () => (await import('./de')).de,
  zh: async () => (await import('./zh')).zh,
  ar: async () => (await import('./ar')).ar,
})();
