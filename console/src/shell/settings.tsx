import { useState } from 'react';
import { type Language, languages, useI18n } from '../i18n/i18n';
import { Button } from '../ui/parts';
import { chooseTheme, themeNow } from './preferences';

export function ThemeButton() {
  const { t } = useI18n();
  const [theme, setTheme] = useState(themeNow);
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <Button look="quiet" small icon={theme === 'dark' ? 'sun' : 'moon'} aria-label={t(`theme.${other}`)} title={t(`theme.${other}`)}
      onClick={() => { chooseTheme(other); setTheme(other); }} />
  );
}

export function LanguageChoice() {
  const { t, language, setLanguage } = useI18n();
  return (
    <select className="button quiet small" aria-label={t('language')} value={language}
      onChange={(event) => setLanguage(event.target.value as Language)}>
      {Object.entries(languages).map(([id, name]) => (
        <option key={id} value={id} lang={id}>{name}</option>
      ))}
    </select>
  );
}
