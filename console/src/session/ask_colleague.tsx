// "Ask a colleague": what is wanted goes to somebody else, with a reason; meanwhile one waits, or does something else.
import { useEffect, useRef, useState } from 'react';
import { type ApiProblem, type ApiRequest, asProblem, call, get, json } from '../api/http';
import type { Approval } from '../api/contract';
import { useI18n } from '../i18n/i18n';
import { caseIsFine } from '../pages/case_number';
import { Button, Dialog, Note, TextArea, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useMe } from './session';

const pollMillis = 3000;

interface Props {
  request: ApiRequest;
  summary: string;
  onGo: (headers: Record<string, string>) => void; // to be sent again, with these
  onGiveUp: () => void;
}

export function AskColleague(props: Props) {
  const { t } = useI18n();
  const { can } = useMe();
  const [asked, setAsked] = useState<Approval>();
  const [emergency, setEmergency] = useState(false);
  const title = t(emergency ? 'glass.title' : 'ask.title');
  return (
    <Dialog title={title} onClose={props.onGiveUp}>
      {emergency ? <BreakGlass {...props} /> : asked ? <Waiting {...props} asked={asked} onChange={setAsked} /> : (
        <Ask {...props} onAsked={setAsked} {...(can('break_glass') ? { onEmergency: () => setEmergency(true) } : {})} />
      )}
    </Dialog>
  );
}

function Ask({ request, summary, onGiveUp, onAsked, onEmergency }: Props & { onAsked: (approval: Approval) => void; onEmergency?: () => void }) {
  const { t } = useI18n();
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const ask = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { method, target, body } = request;
      onAsked(await call<Approval>(json('POST', '/v1/approvals', { method, target, body: body ?? '', reason })));
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
      <p className="muted">{t('ask.about')}</p>
      <dl className="facts">
        <dt>{t('ask.what')}</dt>
        <dd>{summary}</dd>
      </dl>
      <TextArea label={t('ask.reason')} hint={t('ask.reason.hint')} required maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
      {problem && <Refusal problem={problem} />}
      {onEmergency && <div><button type="button" className="link" onClick={onEmergency}>{t('glass.link')}</button></div>}
      <div className="dialog-foot">
        <Button onClick={onGiveUp}>{t('cancel')}</Button>
        <Button look="primary" type="submit" busy={busy}>{t('ask.do')}</Button>
      </div>
    </form>
  );
}

function Waiting({ asked, onChange, onGo, onGiveUp }: Props & { asked: Approval; onChange: (approval: Approval) => void }) {
  const { t, time } = useI18n();
  const [problem, setProblem] = useState<ApiProblem>();
  const go = useRef(onGo);
  go.current = onGo;
  useEffect(() => {
    if (asked.state !== 'pending') return;
    const timer = setInterval(() => {
      get<Approval>(`/v1/approvals/${asked.id}`).then(
        (now) => {
          if (now.state === 'granted') go.current({ 'X-Approval': now.id });
          else if (now.state !== 'pending') onChange(now);
        },
        (thrown: unknown) => setProblem(asProblem(thrown)),
      );
    }, pollMillis);
    return () => clearInterval(timer);
  }, [asked, onChange]);
  return (
    <div className="stack" role="status">
      {asked.state === 'pending' && (
        <>
          <div className="row">
            <span className="spinner" aria-hidden="true" />
            <strong>{t('ask.waiting')}</strong>
          </div>
          <p className="muted">{asked.effective_at ? t('ask.alone', { time: time(asked.effective_at, 'long') }) : t('ask.waiting.about')}</p>
        </>
      )}
      {asked.state === 'refused' && <Note tone="warn" title={t('ask.refused')}><p>{t('ask.refused.about')}</p></Note>}
      {asked.state !== 'pending' && asked.state !== 'refused' && <Note tone="warn" title={t('ask.expired')} />}
      {problem && <Refusal problem={problem} />}
      <div className="dialog-foot">
        <Button onClick={onGiveUp}>{t(asked.state === 'pending' ? 'ask.stop-waiting' : 'close')}</Button>
      </div>
    </div>
  );
}

// At once, for a named case; everybody who answers for it is told.
function BreakGlass({ onGo, onGiveUp, request }: Props) {
  const { t } = useI18n();
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState(request.headers?.['X-Case'] ?? '');
  const fault = reference !== '' && !caseIsFine(reference) ? t('show.case.fault') : undefined;
  const go = () => {
    if (reference !== '' && !fault) onGo({ 'X-Break-Glass': encodeURIComponent(reason), 'X-Case': reference });
  };
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); go(); }}>
      <Note tone="bad"><p>{t('glass.about')}</p></Note>
      <TextArea label={t('glass.reason')} hint={t('ask.reason.hint')} required maxLength={300} value={reason} onChange={(event) => setReason(event.target.value)} />
      <TextField label={t('glass.case')} hint={t('show.case.hint')} fault={fault} required maxLength={40} value={reference} onChange={(event) => setReference(event.target.value.trim())} />
      <div className="dialog-foot">
        <Button onClick={onGiveUp}>{t('cancel')}</Button>
        <Button look="danger" type="submit">{t('glass.do')}</Button>
      </div>
    </form>
  );
}
