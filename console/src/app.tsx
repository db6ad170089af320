import { lazy, Suspense, useEffect, useState } from 'react';
import { useI18n } from './i18n/i18n';
import { Gate } from './session/gate';
import { GuardProvider } from './session/guard';
import { useSession } from './session/session';
import { SignIn } from './session/sign_in';
import { useWaitingApprovals } from './session/waiting';
import { Shell } from './shell/shell';
import { Button } from './ui/parts';
import { Refusal } from './ui/refusal';

const Enrol = lazy(() => import('./session/enrol'));
const Unlock = lazy(() => import('./session/unlock'));

export function App() {
  const { t } = useI18n();
  const { state, refresh } = useSession();
  const [invited, setInvited] = useState(false);
  useEffect(() => {
    if (state.kind !== 'in') document.title = 'Strongroom';
  }, [state.kind]);
  switch (state.kind) {
    case 'loading':
      return <div role="status"><span className="hidden-visually">{t('loading')}</span></div>;
    case 'locked':
      return <Suspense><Unlock onUnlocked={refresh} /></Suspense>;
    case 'broken':
      return (
        <Gate title={t('broken.title')}>
          <Refusal problem={state.problem} />
          <Button look="primary" wide icon="refresh" onClick={() => void refresh()}>{t('again')}</Button>
        </Gate>
      );
    case 'out':
      return invited
        ? <Suspense><Enrol onLeave={() => setInvited(false)} /></Suspense>
        : <SignIn ended={state.ended} unbelieved={state.problem} onSignedIn={refresh} onInvited={() => setInvited(true)} />;
    case 'in':
      return <GuardProvider><SignedIn /></GuardProvider>;
  }
}

function SignedIn() {
  return <Shell waiting={useWaitingApprovals()} />;
}
