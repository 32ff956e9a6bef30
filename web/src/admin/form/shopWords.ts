/** The shop's own words, in this reader's language: loaded beside the console's, without the shop. */
import { inLanguage } from '../../i18n/locale';
import type { Words } from '../../i18n/shop/en';

export const shopWords: Words = await inLanguage({
  en: async () => (await import('../../i18n/shop/en')).en,
  de: async () => (await import('../../i18n/shop/de')).de,
  zh: async () => (await import('../../i18n/shop/zh')).zh,
  ar: async () => (await import('../../i18n/shop/ar')).ar,
})();
