// "Confirm it's you": a second factor, again, for what is about to be done.
import { useState } from 'react';
import { type ApiProblem, asProblem, call, json } from '../api/http';
import type { FactorKind } from '../api/contract';
import { useI18n } from '../i18n/i18n';
import { Button, Dialog, Note, Tabs, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { type RequestOptionsJson, passkeysWork, usePasskeyOf } from './passkey';

type Way = Extract<FactorKind, 'passkey' | 'totp' | 'recovery'> | 'password';

export function ConfirmYou({ again, onDone, onGiveUp }: { again: 'factor' | 'password'; onDone: () => void; onGiveUp: () => void }) {
  const { t } = useI18n();
  // A passkey that knows its owner stands for the password as well.
  const all: Way[] = again === 'password' ? ['password', 'passkey'] : ['totp', 'passkey', 'recovery'];
  const ways = all.filter((one) => one !== 'passkey' || passkeysWork());
  const [way, setWay] = useState<Way>(ways[0] ?? 'totp');
  const [code, setCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();

  const bodyOf = async (): Promise<Record<string, unknown>> => {
    if (way === 'password') return { kind: 'password', password: code };
    if (way !== 'passkey') return { kind: way, code: code.replaceAll(' ', '') };
    const options = await call<RequestOptionsJson>(json('POST', '/v1/session:passkey-options', {}));
    return { kind: 'passkey', credential: await usePasskeyOf(options) };
  };
  const confirm = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await call(json('POST', '/v1/session:step-up', await bodyOf()));
      onDone();
    } catch (thrown) {
      const cancelled = thrown instanceof DOMException && thrown.name === 'NotAllowedError';
      setProblem(cancelled ? undefined : asProblem(thrown));
      setCode('');
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('confirm.title')} onClose={onGiveUp}>
      <p>{t(again === 'password' ? 'confirm.about-password' : 'confirm.about')}</p>
      {ways.length > 1 && (
        <Tabs label={t('confirm.how')} value={way} onChange={(next) => { setWay(next); setCode(''); setProblem(undefined); }}
          tabs={ways.map((id) => ({ id, label: t(`factor.${id}`) }))} />
      )}
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void confirm(); }}>
        {way === 'passkey' ? <Note>{t('factor.passkey.about')}</Note> : way === 'password' ? (
          <TextField key={way} label={t('sign-in.password')} type="password" autoComplete="current-password" required autoFocus
            value={code} onChange={(event) => setCode(event.target.value)} />
        ) : (
          <TextField key={way} label={t(`factor.${way}.label`)} className="code" required autoFocus value={code}
            inputMode={way === 'totp' ? 'numeric' : 'text'} autoComplete="one-time-code" maxLength={way === 'totp' ? 7 : 40}
            onChange={(event) => setCode(event.target.value)} />
        )}
        {problem && <Refusal problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onGiveUp}>{t('cancel')}</Button>
          <Button look="primary" type="submit" busy={busy}>{t('confirm.do')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
