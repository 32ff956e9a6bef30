/** The look as it is typed: every text is there, and empty where nothing is said. */
import type { Look, LookTexts } from '../types';

export const LANGUAGES = ['en', 'de', 'zh', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];
export const TEXTS = ['welcome', 'footer', 'support', 'seller', 'terms_url', 'privacy_url', 'imprint_url'] as const;
export type TextName = (typeof TEXTS)[number];
export type Texts = Record<TextName, string>;

export interface Draft {
  name: string;
  logo: string;
  accent: string;
  dark: string;
  language: Language;
  texts: Record<Language, Texts>;
}

const textsOf = (texts: LookTexts | undefined): Texts =>
  Object.fromEntries(TEXTS.map((name) => [name, texts?.[name] ?? ''])) as Texts;

export const draftOf = (look: Look): Draft => ({
  name: look.name ?? '',
  logo: look.logo_url ?? '',
  accent: look.accent ?? '',
  dark: look.accent_dark ?? '',
  language: LANGUAGES.find((one) => one === look.default_language) ?? 'en',
  texts: Object.fromEntries(LANGUAGES.map((one) => [one, textsOf(look.texts?.[one])])) as Draft['texts'],
});

/** What is sent: what is empty is left out. */
export function lookOf({ name, logo, accent, dark, language, texts }: Draft): Look {
  const said = (parts: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(parts).flatMap(([part, text]) => (text.trim() ? [[part, text.trim()]] : [])));
  return {
    ...said({ name, logo_url: logo, accent: accent.toLowerCase(), accent_dark: dark.toLowerCase() }),
    default_language: language,
    texts: Object.fromEntries(LANGUAGES.map((one) => [one, said(texts[one])])),
  };
}

/** A text as a reader of a language finds it: theirs, or that of the default language. */
export const shown = ({ texts, language }: Draft, reader: Language, name: TextName): string =>
  texts[reader][name].trim() || texts[language][name].trim();

export const isColour = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text.trim());
const MOST: Partial<Record<TextName, number>> = { welcome: 300, footer: 300, support: 300, seller: 500 };
const TURNS = /[\u202a-\u202e\u2066-\u2069]/;

/** What keeps a text from being shown: by its word among the texts of this view. */
export function wrongIn(name: TextName | 'name', text: string): 'turns' | 'notHttps' | number | undefined {
  const most = name === 'name' ? 60 : (MOST[name] ?? 500);
  if (TURNS.test(text)) return 'turns';
  if ([...text.trim()].length > most) return most;
  return name.endsWith('_url') && text.trim() && !/^https:\/\/[^\s\\"<>`@]+$/.test(text.trim()) ? 'notHttps' : undefined;
}
