import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { I18nProvider } from './i18n/i18n';
import { SessionProvider } from './session/session';
import { applyTheme, readPreference, themeNow } from './shell/preferences';
import { RouterProvider } from './shell/router';
import { ToastProvider } from './ui/toasts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/shell.css';
import './styles/pages.css';

applyTheme(themeNow());
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  if (readPreference('theme') === null) applyTheme(themeNow());
});

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <I18nProvider>
        <RouterProvider>
          <SessionProvider>
            <ToastProvider>
              <App />
            </ToastProvider>
          </SessionProvider>
        </RouterProvider>
      </I18nProvider>
    </StrictMode>,
  );
}
