import { useEffect, useState } from 'react';
import { useI18n } from '../i18n/i18n';
import { useCopy } from '../pages/copy';
import { Bones, Button, Note, TextField } from '../ui/parts';
import { type CreationOptionsJson, makePasskeyOf, passkeysWork } from './passkey';

export interface StepProps {
  run: (work: () => Promise<void>) => Promise<void>;
  post: <T>(what: string, body?: object) => Promise<T>;
  busy: boolean;
  onDone: () => void;
}

// A hint while typing, of length and variety alone; the server has the lists and the last word.
function strengthOf(password: string): number {
  const text = password.slice(0, 100);
  const kinds = new Set([...text]).size;
  return Math.min(100, Math.round((Math.min(text.length, 20) / 20) * 60 + (Math.min(kinds, 12) / 12) * 40));
}

export function PasswordStep({ name, run, post, busy, onDone }: StepProps & { name: string }) {
  const { t } = useI18n();
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [visible, setVisible] = useState(false);
  const differs = again !== '' && again !== password ? t('enrol.password.differs') : undefined;
  const send = () => run(async () => { await post('password', { password }); onDone(); });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); if (password === again) void send(); }}>
      {/* For password managers, which file a password under a name. */}
      <input className="hidden-visually" type="text" autoComplete="username" value={name} readOnly tabIndex={-1} aria-hidden="true" />
      <TextField label={t('enrol.password.new')} hint={t('enrol.password.hint')} type={visible ? 'text' : 'password'} autoComplete="new-password" required minLength={8} autoFocus
        value={password} onChange={(event) => setPassword(event.target.value)} />
      <div className="meter">
        <progress max={100} value={strengthOf(password)} aria-label={t('enrol.password.strength')} />
      </div>
      <TextField label={t('enrol.password.again')} fault={differs} type={visible ? 'text' : 'password'} autoComplete="new-password" required value={again}
        onChange={(event) => setAgain(event.target.value)} />
      <label className="check"><input type="checkbox" checked={visible} onChange={() => setVisible(!visible)} />{t('enrol.password.show')}</label>
      <Button look="primary" wide type="submit" busy={busy}>{t('continue')}</Button>
    </form>
  );
}

export function FactorStep(props: StepProps) {
  const { t } = useI18n();
  const { run, post, busy, onDone } = props;
  const [way, setWay] = useState<'choose' | 'totp'>('choose');
  if (way === 'totp') return <TotpStep {...props} onBack={() => setWay('choose')} />;
  const withPasskey = () =>
    run(async () => {
      const options = await post<CreationOptionsJson>('passkey-begin');
      await post('passkey-finish', { credential: await makePasskeyOf(options) });
      onDone();
    });
  return (
    <div className="stack">
      {passkeysWork() && (
        <>
          <Button look="primary" wide icon="key" busy={busy} onClick={() => void withPasskey()}>{t('enrol.factor.passkey')}</Button>
          <p className="small muted">{t('enrol.factor.passkey.about')}</p>
          <div className="or">{t('or')}</div>
        </>
      )}
      <Button wide icon="laptop" onClick={() => setWay('totp')}>{t('enrol.factor.totp')}</Button>
      <p className="small muted">{t('enrol.factor.totp.about')}</p>
    </div>
  );
}

interface TotpOffer {
  secret: string;
  uri: string;
  qr_svg: string;
}

export function TotpStep({ run, post, busy, onDone, onBack }: StepProps & { onBack?: () => void }) {
  const { t } = useI18n();
  const [offer, setOffer] = useState<TotpOffer>();
  const [code, setCode] = useState('');
  useEffect(() => {
    void run(async () => setOffer(await post<TotpOffer>('totp-begin')));
    // Once: each call makes another secret.
  }, []);
  if (!offer) return <Bones rows={3} />;
  const send = () => run(async () => { await post('totp-confirm', { code: code.replaceAll(' ', '') }); onDone(); });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <img className="qr" alt={t('enrol.totp.qr')} src={`data:image/svg+xml;utf8,${encodeURIComponent(offer.qr_svg)}`} />
      <p className="small muted">{t('enrol.totp.secret')} <span className="mono checkpoint">{offer.secret.replace(/(.{4})/g, '$1 ').trim()}</span></p>
      <TextField label={t('factor.totp.label')} className="code" inputMode="numeric" autoComplete="one-time-code" maxLength={7} required autoFocus value={code}
        onChange={(event) => setCode(event.target.value)} />
      <Button look="primary" wide type="submit" busy={busy}>{t('continue')}</Button>
      {onBack && <Button look="quiet" onClick={onBack}>{t('enrol.totp.back')}</Button>}
    </form>
  );
}

export function QuestionStep({ run, post, busy, onDone, onSkip }: StepProps & { onSkip?: () => void }) {
  const { t } = useI18n();
  const [question, setQuestion] = useState('');
  const [answer, setAnswer] = useState('');
  const send = () => run(async () => { await post('question', { question, answer }); onDone(); });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <TextField label={t('enrol.question.question')} hint={t('enrol.question.hint')} required autoFocus maxLength={120} value={question} onChange={(event) => setQuestion(event.target.value)} />
      <TextField label={t('enrol.question.answer')} required value={answer} onChange={(event) => setAnswer(event.target.value)} />
      <Button look="primary" wide type="submit" busy={busy}>{t('continue')}</Button>
      {onSkip && <Button look="quiet" onClick={onSkip}>{t('enrol.question.skip')}</Button>}
    </form>
  );
}

export function RecoveryStep({ run, post, busy, onDone }: StepProps) {
  const { t } = useI18n();
  const copy = useCopy();
  const [codes, setCodes] = useState<string[]>();
  const [kept, setKept] = useState(false);
  useEffect(() => {
    void run(async () => setCodes((await post<{ codes: string[] }>('recovery')).codes));
    // Once: each call makes other codes.
  }, []);
  if (!codes) return <Bones rows={4} />;
  return (
    <div className="stack">
      <ul className="codes">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
      <Note tone="warn"><p>{t('enrol.recovery.once')}</p></Note>
      <Button icon="copy" onClick={() => copy(codes.join('\n'), true)}>{t('copy')}</Button>
      <label className="check"><input type="checkbox" checked={kept} onChange={() => setKept(!kept)} />{t('enrol.recovery.kept')}</label>
      <Button look="primary" wide busy={busy} aria-disabled={!kept || undefined} onClick={() => kept && onDone()}>{t('continue')}</Button>
    </div>
  );
}
