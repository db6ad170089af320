// From an invitation to an account, one thing at a time: password, second factor, question, recovery codes.
import { useState } from 'react';
import { type ApiProblem, asProblem, call, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { Button, Note, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { FactorStep, PasswordStep, QuestionStep, RecoveryStep } from './enrol_steps';
import { Gate } from './gate';

interface Opened {
  name: string;
  transaction: string;
  password: boolean; // still to be set
  factor: boolean;
}

type StepName = 'password' | 'factor' | 'question' | 'recovery' | 'done';

export default function Enrol({ onLeave }: { onLeave: () => void }) {
  const { t } = useI18n();
  const [code, setCode] = useState('');
  const [opened, setOpened] = useState<Opened>();
  const [step, setStep] = useState<StepName>('password');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();

  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (thrown) {
      const cancelled = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      if (!cancelled) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  const open = () =>
    run(async () => {
      const answer = await call<Opened>(json('POST', '/v1/enrolments:open', { code: code.trim() }));
      setOpened(answer);
      setCode('');
      setStep(answer.password ? 'password' : answer.factor ? 'factor' : 'question');
    });
  // The transaction says whose enrolment it is, at every step.
  const post = <T,>(what: string, body: object = {}) => call<T>(json('POST', `/v1/enrolments:${what}`, { transaction: opened?.transaction, ...body }));
  const order: StepName[] = ['password', 'factor', 'question', 'recovery', 'done'];
  const next = (after: StepName) => {
    setProblem(undefined);
    setStep(after === 'password' && !opened?.factor ? 'question' : (order[order.indexOf(after) + 1] ?? 'done'));
  };
  const finish = () => run(async () => { await post('finish'); next('recovery'); });
  const common = { run, post, busy };

  if (!opened) {
    return (
      <Gate title={t('enrol.title')}>
        <p className="muted">{t('enrol.about')}</p>
        <form onSubmit={(event) => { event.preventDefault(); void open(); }}>
          <TextField label={t('enrol.code')} className="code" required autoFocus value={code} onChange={(event) => setCode(event.target.value)} />
          {problem && <Refusal problem={problem} />}
          <Button look="primary" wide type="submit" busy={busy}>{t('continue')}</Button>
        </form>
        <Button look="quiet" onClick={onLeave}>{t('enrol.have-account')}</Button>
      </Gate>
    );
  }
  return (
    <Gate title={t(`enrol.${step}.title`)}>
      <div className="steps-line" aria-hidden="true">
        {order.slice(0, 4).map((one, at) => <span key={one} className={at < order.indexOf(step) ? 'done' : ''} />)}
      </div>
      {step !== 'done' && <p className="muted">{t(`enrol.${step}.about`, { name: opened.name })}</p>}
      {step === 'password' && <PasswordStep {...common} name={opened.name} onDone={() => next('password')} />}
      {step === 'factor' && <FactorStep {...common} onDone={() => next('factor')} />}
      {step === 'question' && <QuestionStep {...common} onDone={() => next('question')} onSkip={() => next('question')} />}
      {step === 'recovery' && <RecoveryStep {...common} onDone={finish} />}
      {problem && <Refusal problem={problem} />}
      {step === 'done' && (
        <>
          <Note tone="good" title={t('enrol.done.about')} role="status" />
          <Button look="primary" wide onClick={onLeave}>{t('sign-in.do')}</Button>
        </>
      )}
    </Gate>
  );
}
