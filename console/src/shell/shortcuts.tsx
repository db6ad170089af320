// Keyboard first.  Single keys can be switched off (WCAG 2.1.4): speech input types them by accident.
import { useEffect, useState } from 'react';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { Button, Dialog } from '../ui/parts';
import { mayOpen, navigation } from './pages';
import { readPreference, writePreference } from './preferences';
import { useRouter } from './router';

const secondKeyMillis = 1500;
export const focusSearch = 'strongroom:focus-search';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.matches('input, textarea, select') || target.isContentEditable);
}

export function useShortcuts(may: string[], onHelp: () => void): void {
  const { go, page } = useRouter();
  useEffect(() => {
    let afterG = -Infinity;
    const allowed = new Set(may);
    const places = new Map(navigation.flatMap(({ entries }) => entries).filter((entry) => mayOpen(entry, allowed)).map((entry) => [entry.key, entry.page]));
    const press = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey || event.altKey;
      if (modified || isTyping(event.target) || document.querySelector('dialog[open]') || readPreference('shortcuts') === 'off') return;
      const place = event.timeStamp - afterG < secondKeyMillis ? places.get(event.key) : undefined;
      afterG = event.key === 'g' ? event.timeStamp : -Infinity;
      if (place) go(place);
      else if (event.key === '?') onHelp();
      else if (event.key === '/') {
        if (page !== 'find' || !document.querySelector('[role=search]')) {
          go('find'); // whose search box takes the focus
        } else {
          dispatchEvent(new Event(focusSearch));
        }
      } else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [go, page, may, onHelp]);
}

function Line({ keys, what }: { keys: string[]; what: string }) {
  return (
    <>
      <dt className="row">{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
      <dd>{what}</dd>
    </>
  );
}

export function Help({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const { may } = useMe();
  const [on, setOn] = useState(readPreference('shortcuts') !== 'off');
  const allowed = new Set(may);
  const toggle = () => {
    writePreference('shortcuts', on ? 'off' : null);
    setOn(!on);
  };
  return (
    <Dialog title={t('help.title')} onClose={onClose}>
      <dl className="facts keys">
        <Line keys={['/']} what={t('help.find')} />
        <Line keys={['s']} what={t('help.show')} />
        <Line keys={['c']} what={t('help.compare')} />
        <Line keys={['Esc']} what={t('help.escape')} />
        <Line keys={['?']} what={t('help.help')} />
        {navigation.flatMap(({ entries }) => entries).filter((entry) => mayOpen(entry, allowed)).map((entry) => (
          <Line key={entry.page} keys={['g', entry.key]} what={t(`page.${entry.page}` as TextKey)} />
        ))}
      </dl>
      <label className="check">
        <input type="checkbox" checked={on} onChange={toggle} />
        {t('help.on')}
      </label>
      <div className="dialog-foot"><Button look="primary" onClick={onClose}>{t('close')}</Button></div>
    </Dialog>
  );
}
