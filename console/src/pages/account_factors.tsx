// How one signs in, and changing it.  The server asks for password and second factor again first; the guard puts the
// question (session/guard.tsx).
import { type ReactNode, useState } from 'react';
import type { Account } from '../api/contract';
import { type ApiProblem, asProblem, get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { PasswordStep, QuestionStep, RecoveryStep, type StepProps, TotpStep } from '../session/enrol_steps';
import { GivenUp, useAttempt } from '../session/guard';
import { type CreationOptionsJson, makePasskeyOf, passkeysWork } from '../session/passkey';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Dialog, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';

type Change = 'password' | 'totp' | 'passkey' | 'phone' | 'question' | 'recovery';
type Removal = { target: string; name: string };

export function SignInWays() {
  const { t } = useI18n();
  const say = useToast();
  const account = useLoad(() => get<Account>('/v1/me'), '');
  const [changing, setChanging] = useState<Change>();
  const [removing, setRemoving] = useState<Removal>();
  const done = () => { setChanging(undefined); setRemoving(undefined); say(t('saved')); account.reload(); };
  return (
    <Await of={account} rows={5}>
      {(data) => (
        <>
          <Ways account={data} onChange={setChanging} onRemove={setRemoving} />
          {changing && <ChangeDialog change={changing} account={data} onDone={done} onClose={() => { setChanging(undefined); account.reload(); }} />}
          {removing && (
            <ActionDialog title={t('ways.remove.title', { name: removing.name })} about={t('ways.remove.about')} label={t('ways.remove')} danger
              request={() => json('DELETE', removing.target)} summary={t('ways.remove.title', { name: removing.name })} onDone={done} onClose={() => setRemoving(undefined)} />
          )}
        </>
      )}
    </Await>
  );
}

function Way({ name, children, actions }: { name: string; children: ReactNode; actions: ReactNode }) {
  return (
    <li className="way">
      <strong>{name}</strong>
      <div className="grow">{children}</div>
      <div className="row wrap end">{actions}</div>
    </li>
  );
}

function Ways({ account, onChange, onRemove }: { account: Account; onChange: (change: Change) => void; onRemove: (removal: Removal) => void }) {
  const { t, time } = useI18n();
  const change = (what: Change, label: TextKey) => <Button small onClick={() => onChange(what)} aria-label={`${t(label)}: ${t(`ways.${what}`)}`}>{t(label)}</Button>;
  const remove = (target: string, name: string) => (
    <Button small look="danger" aria-label={t('ways.remove.title', { name })} onClick={() => onRemove({ target, name })}>{t('ways.remove')}</Button>
  );
  return (
    <ul className="card ways">
      <Way name={t('ways.password')} actions={change('password', 'edit')}>
        <span className="muted">{account.password_set_at ? t('ways.since', { time: time(account.password_set_at, 'date') }) : t('ways.none')}</span>
      </Way>
      <Way name={t('ways.totp')} actions={<>{change('totp', account.totp ? 'ways.replace' : 'ways.add')}{account.totp && remove('/v1/me/totp', t('ways.totp'))}</>}>
        <Badge tone={account.totp ? 'good' : undefined}>{t(account.totp ? 'ways.on' : 'ways.none')}</Badge>
      </Way>
      <Way name={t('ways.passkey')} actions={passkeysWork() && change('passkey', 'ways.add')}>
        {account.passkeys.length === 0 ? <Badge>{t('ways.none')}</Badge> : (
          <ul className="stack tight">
            {account.passkeys.map((one) => {
              const label = one.label || t('ways.passkey');
              return (
                <li key={one.id} className="row wrap">
                  {label}<span className="small muted">{time(one.added_at, 'date')}</span>{remove(`/v1/me/passkeys/${encodeURIComponent(one.id)}`, label)}
                </li>
              );
            })}
          </ul>
        )}
      </Way>
      <Way name={t('ways.phone')} actions={<>{change('phone', account.phone_confirmed ? 'ways.replace' : 'ways.add')}{account.phone_confirmed && remove('/v1/me/phone', t('ways.phone'))}</>}>
        <span className="row wrap"><Badge tone={account.phone_confirmed ? 'warn' : undefined}>{t(account.phone_confirmed ? 'ways.on' : 'ways.none')}</Badge><span className="small muted">{t('ways.phone.weak')}</span></span>
      </Way>
      <Way name={t('ways.question')} actions={change('question', account.question ? 'ways.replace' : 'ways.add')}>
        {account.question ?? <Badge>{t('ways.none')}</Badge>}
      </Way>
      <Way name={t('ways.recovery')} actions={change('recovery', 'ways.new')}>
        <Badge tone={account.recovery_codes_left > 2 ? 'good' : 'warn'}>{t('ways.left', { n: account.recovery_codes_left })}</Badge>
      </Way>
    </ul>
  );
}

function ChangeDialog({ change, account, onDone, onClose }: { change: Change; account: Account; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const attempt = useAttempt();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const title = t(`ways.${change}`);
  const run = async (work: () => Promise<void>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      await work();
    } catch (thrown) {
      if (thrown instanceof GivenUp) onClose();
      else if (!(thrown instanceof DOMException && thrown.name === 'NotAllowedError')) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  const step: StepProps = { run, busy, onDone, post: (what, body = {}) => attempt(json('POST', `/v1/me:${what}`, body), title) };
  return (
    <Dialog title={title} onClose={onClose}>
      {change === 'password' && <PasswordStep {...step} name={account.name} />}
      {change === 'totp' && <TotpStep {...step} />}
      {change === 'passkey' && <NewPasskey {...step} />}
      {change === 'phone' && <NewPhone {...step} />}
      {change === 'question' && <QuestionStep {...step} />}
      {change === 'recovery' && <RecoveryStep {...step} />}
      {problem && <Refusal problem={problem} />}
    </Dialog>
  );
}

function NewPasskey({ run, post, busy, onDone }: StepProps) {
  const { t } = useI18n();
  const [label, setLabel] = useState('');
  const make = () =>
    run(async () => {
      const options = await post<CreationOptionsJson>('passkey-begin');
      await post('passkey-finish', { credential: await makePasskeyOf(options), label });
      onDone();
    });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void make(); }}>
      <p className="muted">{t('enrol.factor.passkey.about')}</p>
      <TextField label={t('ways.label')} hint={t('ways.label.hint')} required maxLength={40} value={label} onChange={(event) => setLabel(event.target.value)} />
      <Button look="primary" wide type="submit" icon="key" busy={busy}>{t('continue')}</Button>
    </form>
  );
}

function NewPhone({ run, post, busy, onDone }: StepProps) {
  const { t } = useI18n();
  const [phone, setPhone] = useState('');
  const [sent, setSent] = useState(false);
  const [code, setCode] = useState('');
  const go = () =>
    run(async () => {
      if (!sent) {
        await post('phone-begin', { phone });
        setSent(true);
      } else {
        await post('phone-confirm', { code: code.trim() });
        onDone();
      }
    });
  return (
    <form className="stack" onSubmit={(event) => { event.preventDefault(); void go(); }}>
      <p className="muted">{t('ways.phone.weak')}</p>
      <TextField label={t('ways.phone.number')} type="tel" autoComplete="tel" required readOnly={sent} value={phone} onChange={(event) => setPhone(event.target.value)} />
      {sent && <TextField label={t('factor.sms.label')} className="code" inputMode="numeric" autoComplete="one-time-code" required value={code} onChange={(event) => setCode(event.target.value)} />}
      <Button look="primary" wide type="submit" busy={busy}>{t(sent ? 'continue' : 'factor.sms.send')}</Button>
    </form>
  );
}
