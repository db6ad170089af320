// A dialog that does one thing: a few fields, one request, a refusal explained where it happened.
import { type ReactNode, useState } from 'react';
import { type ApiProblem, type ApiRequest, asProblem } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { GivenUp, useAttempt } from '../session/guard';
import { Button, Dialog } from './parts';
import { Refusal } from './refusal';

export function ActionDialog<T>({ title, about, label, danger, large, request, summary, onDone, onClose, children }: {
  title: string;
  about?: ReactNode;
  label: string; // of the button that does it
  danger?: boolean;
  large?: boolean;
  request: () => ApiRequest;
  summary: string;
  onDone: (answer: T) => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { t } = useI18n();
  const attempt = useAttempt();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const run = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      onDone(await attempt<T>(request(), summary));
    } catch (thrown) {
      if (!(thrown instanceof GivenUp)) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} {...(large ? { large } : {})}>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void run(); }}>
        {about && <p className="muted">{about}</p>}
        {children}
        {problem && <Refusal problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button look={danger ? 'danger' : 'primary'} type="submit" busy={busy}>{label}</Button>
        </div>
      </form>
    </Dialog>
  );
}
