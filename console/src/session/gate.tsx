// What is seen before anybody signed in: a card in the middle, the language and the look below.
import type { ReactNode } from 'react';
import icon from '../icon.svg';
import { useI18n } from '../i18n/i18n';
import { LanguageChoice, ThemeButton } from '../shell/settings';

export function Gate({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <div className="gate">
      <main>
        <div className="gate-card">
          <div className="brand"><img src={icon} alt="" />Strongroom</div>
          <h1>{title}</h1>
          {children}
        </div>
      </main>
      <footer className="gate-foot">
        <span>{t('gate.recorded')}</span>
        <LanguageChoice />
        <ThemeButton />
      </footer>
    </div>
  );
}
