// What an auditor takes away: each log's newest checkpoint and the key that proves it.  A browser that got both from the
// server it doubts would prove nothing; the proof is made elsewhere, with the command that is shown.
import type { Logs } from '../api/contract';
import { useI18n } from '../i18n/i18n';
import { Button, Dialog, Note } from '../ui/parts';
import { Await } from '../ui/loaded';
import type { Loaded } from '../ui/use_load';
import { useCopy } from './copy';

export function VerifyDialog({ logs, onClose }: { logs: Loaded<Logs>; onClose: () => void }) {
  const { t } = useI18n();
  const copy = useCopy();
  return (
    <Dialog title={t('log.verify')} onClose={onClose} large>
      <Note><p>{t('log.verify.about')}</p></Note>
      <Await of={logs}>
        {(data) => (
          <div className="stack">
            {data.logs.map((log) => (
              <section key={log.name} className="card stack tight">
                <div className="row between wrap">
                  <h3>{log.name === 'office' ? t('log.office') : log.name}</h3>
                  <span className="small muted number">{t('log.entries', { n: log.size })}</span>
                </div>
                <pre className="checkpoint small">{log.checkpoint}</pre>
                <p className="small mono checkpoint">{`strongroom audit verify --log ${log.name} --key '${log.verifier_key}'`}</p>
                <div className="row wrap">
                  <Button small icon="copy" onClick={() => copy(log.checkpoint, false)}>{t('log.copy-checkpoint')}</Button>
                  <Button small icon="copy" onClick={() => copy(log.verifier_key, false)}>{t('log.copy-key')}</Button>
                </div>
              </section>
            ))}
          </div>
        )}
      </Await>
    </Dialog>
  );
}
