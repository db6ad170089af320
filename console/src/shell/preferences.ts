// The three things that the browser remembers beside the session's key, none of which tells anything about anybody: the
// look, the language, and whether single keys are shortcuts.
const allowed = ['theme', 'language', 'shortcuts'] as const;
export type Preference = (typeof allowed)[number];

export function readPreference(name: Preference): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null; // a browser that keeps nothing
  }
}

export function writePreference(name: Preference, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // Then it holds until the page is closed.
  }
}

export type Theme = 'light' | 'dark';

export function themeNow(): Theme {
  const kept = readPreference('theme');
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

export function applyTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}

export function chooseTheme(theme: Theme): void {
  writePreference('theme', theme);
  applyTheme(theme);
}
