// Around every page: navigation, who is signed in, shortcuts, help.
import { lazy, type ReactNode, Suspense, useCallback, useEffect, useState } from 'react';
import { type TextKey, useI18n } from '../i18n/i18n';
import icon from '../icon.svg';
import { Find } from '../pages/find';
import { useMe, useSession } from '../session/session';
import { FaultBoundary } from '../ui/fault_boundary';
import { Icon } from '../ui/icon';
import { Badge, Bones, Button, Empty, Note, Page } from '../ui/parts';
import { mayOpen, type NavEntry, navigation, type PageId } from './pages';
import { addressOf, useRouter } from './router';
import { LanguageChoice, ThemeButton } from './settings';
import { Help, useShortcuts } from './shortcuts';

const pages: Record<Exclude<PageId, 'nowhere'>, React.ComponentType> = {
  find: Find,
  paper: lazy(() => import('../pages/paper')),
  colleagues: lazy(() => import('../pages/colleagues')),
  staff: lazy(() => import('../pages/staff')),
  registers: lazy(() => import('../pages/registers')),
  devices: lazy(() => import('../pages/devices')),
  networks: lazy(() => import('../pages/networks')),
  review: lazy(() => import('../pages/review')),
  catalogue: lazy(() => import('../pages/catalogue')),
  policy: lazy(() => import('../pages/policy')),
  log: lazy(() => import('../pages/log')),
  score: lazy(() => import('../pages/score')),
  health: lazy(() => import('../pages/health')),
  account: lazy(() => import('../pages/account')),
};

function Nowhere() {
  const { t } = useI18n();
  return <Page title={t('nowhere.title')}><Empty icon="search" title={t('nowhere.about')} /></Page>;
}

function NavLink({ page, icon: name, badge, onGo }: { page: PageId; icon: NavEntry['icon']; badge?: ReactNode; onGo: () => void }) {
  const { t } = useI18n();
  const router = useRouter();
  return (
    <a className="nav-item" href={addressOf(page)} aria-current={router.page === page ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        router.go(page);
        onGo();
      }}>
      <Icon name={name} />
      {t(`page.${page}` as TextKey)}
      {badge}
    </a>
  );
}

function Side({ open, onGo, waiting, onHelp }: { open: boolean; onGo: () => void; waiting: number; onHelp: () => void }) {
  const { t } = useI18n();
  const { me, may, overdue } = useMe();
  const { signOut } = useSession();
  const allowed = new Set(may);
  return (
    <nav className={`side ${open ? 'open' : ''}`} id="side" aria-label={t('navigation')}>
      <div className="brand"><img src={icon} alt="" />Strongroom</div>
      <div>
        {navigation.map(({ group, entries }) => {
          const shown = entries.filter((entry) => mayOpen(entry, allowed));
          return shown.length === 0 ? null : (
            <div key={group} className="nav-group">
              <h2>{t(`group.${group}`)}</h2>
              {shown.map((entry) => (
                <NavLink key={entry.page} page={entry.page} icon={entry.icon} onGo={onGo}
                  badge={entry.page === 'colleagues' && waiting > 0 && <Badge tone="accent">{waiting}</Badge>} />
              ))}
            </div>
          );
        })}
      </div>
      <div className="side-foot">
        <NavLink page="account" icon="person" onGo={onGo} badge={overdue.length > 0 && <Badge tone="warn">{overdue.length}</Badge>} />
        <div className="me">
          <strong>{me.display_name || me.name}</strong>
          <span className="small muted">{me.roles.join(', ')}</span>
        </div>
        <div className="row wrap">
          <LanguageChoice />
          <ThemeButton />
          <Button look="quiet" small icon="help" aria-label={t('help.title')} title={t('help.title')} onClick={onHelp} />
          <Button look="quiet" small icon="out" onClick={() => void signOut()}>{t('sign-out')}</Button>
        </div>
      </div>
    </nav>
  );
}

export function Shell({ waiting }: { waiting: number }) {
  const { t } = useI18n();
  const router = useRouter();
  const { may, overdue } = useMe();
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useShortcuts(may, showHelp);
  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [open]);
  const Current = router.page === 'nowhere' ? Nowhere : pages[router.page];
  return (
    <div className="shell">
      <a className="button skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus(); }}>
        {t('skip')}
      </a>
      <header className="top">
        <Button look="quiet" icon="menu" aria-label={t('menu')} aria-expanded={open} aria-controls="side" onClick={() => setOpen(!open)} />
        <div className="brand"><img src={icon} alt="" />Strongroom</div>
      </header>
      <Side open={open} onGo={() => setOpen(false)} waiting={waiting} onHelp={showHelp} />
      <button type="button" className={`veil ${open ? 'open' : ''}`} aria-label={t('close')} tabIndex={-1} onClick={() => setOpen(false)} />
      <main className="main" id="main" tabIndex={-1}>
        {overdue.length > 0 && router.page !== 'account' && (
          <div className="page overdue">
            <Note tone="warn">
              <p><strong>{t('overdue.title')}</strong> {t('overdue.about')} <button type="button" className="link" onClick={() => router.go('account')}>{t('overdue.do')}</button></p>
            </Note>
          </div>
        )}
        <Suspense fallback={<div className="page"><Bones /></div>}>
          <FaultBoundary key={router.visit}><Current /></FaultBoundary>
        </Suspense>
      </main>
      {help && <Help onClose={() => setHelp(false)} />}
    </div>
  );
}
