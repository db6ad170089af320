// A locked server: its keys are not in memory, and nobody can sign in before somebody opens it.
import { useState } from 'react';
import type { ServerStatus } from '../api/contract';
import { type ApiProblem, asProblem, call, get, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { Bones, Button, Note, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { Gate } from './gate';

export default function Unlock({ onUnlocked }: { onUnlocked: () => Promise<void> }) {
  const { t } = useI18n();
  const status = useLoad(() => get<ServerStatus>('/v1/status'), '');
  const [secret, setSecret] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const shares = status.data?.lock === 'shares';
  const unlock = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const now = await call<ServerStatus>(json('POST', '/v1/unlock', shares ? { share: secret.trim() } : { passphrase: secret }));
      if (!now.locked) await onUnlocked();
      else status.reload();
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setSecret('');
      setBusy(false);
    }
  };
  return (
    <Gate title={t('unlock.title')}>
      <p className="muted">{t('unlock.about')}</p>
      {status.problem && <Refusal problem={status.problem} />}
      {!status.data ? <Bones rows={2} /> : (
        <form onSubmit={(event) => { event.preventDefault(); void unlock(); }}>
          {shares && <Note title={t('unlock.shares-left', { n: status.data.shares_needed })} role="status" />}
          <TextField label={t(shares ? 'unlock.share' : 'unlock.passphrase')} type="password" autoComplete="off" required value={secret}
            onChange={(event) => setSecret(event.target.value)} />
          {problem && <Refusal problem={problem} />}
          <Button look="primary" wide type="submit" icon="lock" busy={busy}>{t('unlock.do')}</Button>
        </form>
      )}
    </Gate>
  );
}
