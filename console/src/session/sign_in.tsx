// Signing in: name and password, then a second factor, from a new place also a question; or a passkey for all of it.
import { useEffect, useRef, useState } from 'react';
import type { FactorKind, SignInStep } from '../api/contract';
import { ApiProblem, asProblem, call, get, json, useSessionKey } from '../api/http';
import { keepAway, takeAway } from '../api/key_store';
import { agree, makePair, type ProofPair } from '../api/proof';
import { useI18n } from '../i18n/i18n';
import { Button, Note, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { Gate } from './gate';
import { type RequestOptionsJson, passkeysWork, usePasskeyOf } from './passkey';

interface Progress {
  pair: ProofPair;
  step: SignInStep;
}

// The password stays in the form it was typed into, and is gone with it.
export function SignIn({ ended, unbelieved, onSignedIn, onInvited }: {
  ended: boolean; unbelieved: ApiProblem | undefined; onSignedIn: () => Promise<void>; onInvited: () => void;
}) {
  const { t } = useI18n();
  const [progress, setProgress] = useState<Progress>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();

  const take = async (pair: ProofPair, step: SignInStep) => {
    if (step.next !== 'done') return setProgress({ pair, step: { ...step, transaction: step.transaction ?? progress?.step.transaction ?? '' } });
    await useSessionKey(await agree(pair.privateKey, step.proof_public ?? '', step.session_id ?? ''));
    await onSignedIn();
    setProgress(undefined); // if we are still here, it was not believed
  };
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (thrown) {
      const found = asProblem(thrown);
      const cancelled = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      if (!cancelled) setProblem(found);
      if (found.code === 'sign-in-expired') setProgress(undefined);
    } finally {
      setBusy(false);
    }
  };

  const withPassword = (name: string, password: string) =>
    run(async () => {
      const pair = await makePair();
      const body = { name, password, proof_public: pair.publicText };
      await take(pair, await call<SignInStep>(json('POST', '/v1/sign-in', body)));
    });
  const withPasskeyAlone = () =>
    run(async () => {
      const pair = await makePair();
      const options = await call<RequestOptionsJson & { transaction?: string }>(json('POST', '/v1/sign-in:passkey-options', {}));
      const { transaction, ...publicKey } = options;
      const body = { transaction, credential: await usePasskeyOf(publicKey), proof_public: pair.publicText };
      await take(pair, await call<SignInStep>(json('POST', '/v1/sign-in:passkey', body)));
    });
  const withFactor = (kind: FactorKind, code: string) =>
    run(async () => {
      if (!progress) return;
      const { transaction } = progress.step;
      const proof = kind === 'passkey'
        ? { credential: await usePasskeyOf(await call<RequestOptionsJson>(json('POST', '/v1/sign-in:passkey-options', { transaction }))) }
        : { code };
      await take(progress.pair, await call<SignInStep>(json('POST', '/v1/sign-in:factor', { transaction, kind, ...proof })));
    });
  const sendCode = () =>
    run(async () => {
      await call(json('POST', '/v1/sign-in:send-code', { transaction: progress?.step.transaction }));
    });
  const withAnswer = (answer: string) =>
    run(async () => {
      if (!progress) return;
      const { transaction } = progress.step;
      await take(progress.pair, await call<SignInStep>(json('POST', '/v1/sign-in:question', { transaction, answer })));
    });

  const withProvider = () =>
    run(async () => {
      const pair = await makePair();
      const { transaction, address } = await call<{ transaction: string; address: string }>(json('POST', '/v1/sign-in:sign-on-begin', { proof_public: pair.publicText }));
      await keepAway({ ...pair, transaction });
      location.assign(address);
    });
  // Back from the provider: its code is used up, and leaves the address at once.
  const back = useRef(comingBack());
  useEffect(() => {
    const found = back.current;
    if (!found) return;
    back.current = undefined;
    history.replaceState(null, '', '/console/');
    void run(async () => {
      const away = await takeAway();
      if (!away) throw new ApiProblem('sign-in-expired', 401, '', '', '');
      await take(away, await call<SignInStep>(json('POST', '/v1/sign-in:sign-on-finish', { transaction: away.transaction, ...found })));
    });
  });
  const offers = useLoad(() => get<{ single_sign_on: boolean }>('/v1/sign-in').catch(() => ({ single_sign_on: false })), '');

  const startOver = () => { setProgress(undefined); setProblem(undefined); };
  const refusal = problem && <Refusal problem={problem} />;
  if (progress?.step.next === 'question') {
    return (
      <Gate title={t('question.title')}>
        <QuestionForm question={progress.step.question ?? ''} busy={busy} onAnswer={withAnswer} />
        {refusal}
        <Button look="quiet" onClick={startOver}>{t('sign-in.start-over')}</Button>
      </Gate>
    );
  }
  if (progress) {
    return (
      <Gate title={t('factor.title')}>
        <FactorForm factors={progress.step.factors ?? []} busy={busy} onFactor={withFactor} onSend={sendCode} />
        {refusal}
        <Button look="quiet" onClick={startOver}>{t('sign-in.start-over')}</Button>
      </Gate>
    );
  }
  return (
    <Gate title={t('sign-in.title')}>
      {ended && <Note tone="warn" title={t('sign-in.ended')} role="status"><p>{t('sign-in.ended.about')}</p></Note>}
      {unbelieved && !problem && <Refusal problem={unbelieved} />}
      <PasswordForm busy={busy} onPassword={withPassword} refusal={refusal} />
      {passkeysWork() && (
        <>
          <div className="or">{t('or')}</div>
          <Button wide icon="key" onClick={withPasskeyAlone}>{t('sign-in.passkey')}</Button>
        </>
      )}
      {offers.data?.single_sign_on && <Button wide icon="people" onClick={withProvider}>{t('sign-in.provider')}</Button>}
      <Button look="quiet" onClick={onInvited}>{t('sign-in.invited')}</Button>
    </Gate>
  );
}

function comingBack(): { code: string; state: string } | undefined {
  if (location.pathname !== '/console/signed-on') return undefined;
  const query = new URLSearchParams(location.search);
  return { code: query.get('code') ?? '', state: query.get('state') ?? '' };
}

function PasswordForm({ busy, onPassword, refusal }: {
  busy: boolean; onPassword: (name: string, password: string) => void; refusal: React.ReactNode;
}) {
  const { t } = useI18n();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <form onSubmit={(event) => { event.preventDefault(); onPassword(name, password); }}>
      <TextField label={t('sign-in.name')} autoComplete="username" autoCapitalize="none" required autoFocus value={name}
        onChange={(event) => setName(event.target.value)} />
      <TextField label={t('sign-in.password')} type="password" autoComplete="current-password" required value={password}
        onChange={(event) => setPassword(event.target.value)} />
      {refusal}
      <Button look="primary" wide type="submit" busy={busy}>{t('sign-in.do')}</Button>
    </form>
  );
}

function FactorForm({ factors, busy, onFactor, onSend }: {
  factors: FactorKind[]; busy: boolean; onFactor: (kind: FactorKind, code: string) => void; onSend: () => void;
}) {
  const { t } = useI18n();
  // The strongest first; recovery codes last, for they are few.
  const offered = (['passkey', 'totp', 'sms', 'recovery'] as const).filter((kind) => factors.includes(kind) && (kind !== 'passkey' || passkeysWork()));
  const [kind, setKind] = useState<FactorKind>(offered[0] ?? 'totp');
  const [code, setCode] = useState('');
  const choose = (next: FactorKind) => { setKind(next); setCode(''); };
  return (
    <form onSubmit={(event) => { event.preventDefault(); onFactor(kind, code.replaceAll(' ', '')); setCode(''); }}>
      <p className="muted">{t(`factor.${kind}.about`)}</p>
      {kind === 'sms' && <Button onClick={onSend} busy={busy}>{t('factor.sms.send')}</Button>}
      {kind !== 'passkey' && (
        <TextField key={kind} label={t(`factor.${kind}.label`)} className="code" required autoFocus value={code}
          inputMode={kind === 'recovery' ? 'text' : 'numeric'} autoComplete="one-time-code" maxLength={40}
          onChange={(event) => setCode(event.target.value)} />
      )}
      <Button look="primary" wide type="submit" busy={busy}>{t(kind === 'passkey' ? 'factor.passkey.do' : 'continue')}</Button>
      {offered.filter((other) => other !== kind).map((other) => (
        <button key={other} type="button" className="link" onClick={() => choose(other)}>{t(`factor.${other}.instead`)}</button>
      ))}
    </form>
  );
}

function QuestionForm({ question, busy, onAnswer }: { question: string; busy: boolean; onAnswer: (answer: string) => void }) {
  const { t } = useI18n();
  const [answer, setAnswer] = useState('');
  return (
    <form onSubmit={(event) => { event.preventDefault(); onAnswer(answer); setAnswer(''); }}>
      <p className="muted">{t('question.about')}</p>
      <TextField label={question} required autoFocus value={answer} onChange={(event) => setAnswer(event.target.value)} />
      <Button look="primary" wide type="submit" busy={busy}>{t('continue')}</Button>
    </form>
  );
}
