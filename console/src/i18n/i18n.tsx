// Texts by key, in three languages.  English is in the first view; the others are fetched when they are chosen.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { readPreference, writePreference } from '../shell/preferences';
import en from './en.json';

export type TextKey = keyof typeof en;
export type Texts = Record<TextKey, string>;
export const languages = { en: 'English', sv: 'Svenska', zh: '中文' } as const;
export type Language = keyof typeof languages;

const loaders: Record<Language, () => Promise<Texts>> = {
  en: async () => en,
  sv: async () => (await import('./sv.json')).default,
  zh: async () => (await import('./zh.json')).default,
};

export const isLanguage = (text: unknown): text is Language => typeof text === 'string' && text in languages;

export function firstLanguage(): Language {
  const kept = readPreference('language');
  if (isLanguage(kept)) return kept;
  const wished = navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage);
  return wished ?? 'en';
}

export type Translate = (key: TextKey, values?: Record<string, string | number>) => string;

interface I18n {
  language: Language;
  setLanguage: (language: Language) => void;
  t: Translate;
  has: (key: string) => key is TextKey;
  time: (moment: string | number | Date, style?: keyof typeof timeStyles) => string;
}

const I18nContext = createContext<I18n | undefined>(undefined);

function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const timeStyles = {
  short: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  exact: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  long: { dateStyle: 'long', timeStyle: 'medium' },
  date: { dateStyle: 'medium' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

// en-GB: a day before its month, and 24 hours, as in the other two.
const tags: Record<Language, string> = { en: 'en-GB', sv: 'sv-SE', zh: 'zh-CN' };

// Of another year than this one, the year as well.
function format(moment: Date, style: keyof typeof timeStyles, tag: string): string {
  const named = style === 'short' || style === 'exact';
  const year = named && moment.getFullYear() !== new Date().getFullYear() ? ({ year: 'numeric' } as const) : {};
  return new Intl.DateTimeFormat(tag, { ...timeStyles[style], ...year }).format(moment);
}

export function I18nProvider({ children }: { children: ReactNode }) {
  const [language, choose] = useState(firstLanguage);
  const [loaded, setLoaded] = useState<{ language: Language; texts: Texts }>({ language: 'en', texts: en });
  useEffect(() => {
    let current = true;
    void loaders[language]().then((texts) => {
      if (!current) return;
      document.documentElement.lang = language;
      setLoaded({ language, texts });
    });
    return () => {
      current = false;
    };
  }, [language]);
  const setLanguage = useCallback((wanted: Language) => {
    writePreference('language', wanted);
    choose(wanted);
  }, []);
  const i18n = useMemo<I18n>(
    () => ({
      language,
      setLanguage,
      t: (key, values = {}) => {
        if (!(key in loaded.texts)) console.error(`no text in ${loaded.language}: ${key}`);
        return fill(loaded.texts[key] ?? en[key] ?? key, values);
      },
      has: (key): key is TextKey => key in en,
      time: (moment, style = 'short') => format(new Date(moment), style, tags[loaded.language]),
    }),
    [language, setLanguage, loaded],
  );
  // Nothing is drawn in the wrong language first.
  return <I18nContext.Provider value={i18n}>{loaded.language === language ? children : null}</I18nContext.Provider>;
}

export function useI18n(): I18n {
  const i18n = useContext(I18nContext);
  if (!i18n) throw new Error('outside of the texts');
  return i18n;
}
