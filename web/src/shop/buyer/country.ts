import { locale } from '../../i18n/locale';

const names = new Intl.DisplayNames(locale, { type: 'region' });

/** What a country is called here. */
export const nameOfCountry = (code: string): string => names.of(code) ?? code;
