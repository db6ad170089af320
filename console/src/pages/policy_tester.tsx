import { useState } from 'react';
import type { Catalogue, PolicyExplanation, PolicyQuestion } from '../api/contract';
import { type ApiProblem, asProblem, call, get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { Icon } from '../ui/icon';
import { Button, Checks, Select, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { sensitivities } from './catalogue_dialogs';
import { useFieldName } from './field_words';
import { rolesOf } from './policy_toml';
import { decisionTones } from './policy_rules';

// What is asked most; the server knows more, and `strongroom policy explain` asks about each.
const actions: PolicyQuestion['action'][] = [
  'customer.reveal', 'customer.read', 'customer.search', 'customer.list', 'customer.compare', 'customer.create', 'customer.change',
  'customer.erase', 'customer.export', 'file.get', 'token.create', 'token.resolve', 'catalogue.read', 'catalogue.change',
  'policy.read', 'policy.change', 'audit.read', 'staff.read', 'staff.invite', 'staff.change', 'approval.decide', 'break_glass',
];
const having: NonNullable<PolicyQuestion['has']> = ['training', 'agreement', 'acceptable-use', 'device', 'healthy-device', 'case'];
const factorAges = ['', '0', '120', '600', '3600'];

export function PolicyTester({ source }: { source: string }) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  const { can } = useMe();
  const roles = rolesOf(source);
  const catalogue = useLoad(() => (can('catalogue.read') ? get<Catalogue>('/v1/catalogue') : Promise.resolve(undefined)), '');
  const [question, setQuestion] = useState<PolicyQuestion>({
    roles: [roles.includes('support') ? 'support' : (roles[0] ?? '')], action: 'customer.reveal', sensitivity: 'personal', kind: 'staff', has: ['training', 'agreement', 'acceptable-use'],
  });
  const [purpose, setPurpose] = useState('');
  const [tier, setTier] = useState('0');
  const [age, setAge] = useState('');
  const [address, setAddress] = useState('');
  const [answer, setAnswer] = useState<PolicyExplanation>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const set = (change: Partial<PolicyQuestion>) => setQuestion((old) => ({ ...old, ...change }));

  const ask = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { field, sensitivity, ...rest } = question;
      const about = field ? { field } : { sensitivity };
      const asked = {
        ...rest, ...about, tier: Number(tier), ...(purpose ? { purpose } : {}), ...(address ? { address } : {}),
        ...(age ? { second_factor_age_seconds: Number(age) } : {}),
      };
      setAnswer(await call<PolicyExplanation>(json('POST', '/v1/policy:explain', asked)));
    } catch (thrown) {
      setAnswer(undefined);
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  const options = (all: readonly string[], word: (one: string) => string) => all.map((value) => ({ value, label: word(value) }));
  return (
    <div className="stack loose">
      <form className="card stack" onSubmit={(event) => { event.preventDefault(); void ask(); }}>
        <div className="form-grid">
          <Select label={t('policy.who')} options={options(roles, (role) => role)} value={question.roles[0] ?? ''} onChange={(event) => set({ roles: [event.target.value] })} />
          <Select label={t('policy.does')} options={options(actions, (action) => t(`action.${action}` as TextKey))} value={question.action}
            onChange={(event) => set({ action: event.target.value as PolicyQuestion['action'] })} />
          {catalogue.data && (
            <Select label={t('record.field')} options={[{ value: '', label: t('policy.any-of-sensitivity') }, ...options(catalogue.data.fields.map((field) => field.name), fieldName)]}
              value={question.field ?? ''} onChange={(event) => set({ field: event.target.value })} />
          )}
          {!question.field && (
            <Select label={t('catalogue.sensitivity')} options={options(sensitivities, (one) => t(`sensitivity.${one}` as TextKey))} value={question.sensitivity ?? 'personal'}
              onChange={(event) => set({ sensitivity: event.target.value as NonNullable<PolicyQuestion['sensitivity']> })} />
          )}
          <TextField label={t('why')} value={purpose} onChange={(event) => setPurpose(event.target.value.trim())} />
          <Select label={t('policy.tier')} options={[{ value: '0', label: t('policy.tier.ordinary') }, { value: '1', label: t('vip') }]} value={tier} onChange={(event) => setTier(event.target.value)} />
          <Select label={t('policy.factor-age')} options={options(factorAges, (one) => (one === '' ? t('policy.factor.none') : t('policy.factor.ago', { n: Number(one) / 60 })))}
            value={age} onChange={(event) => setAge(event.target.value)} />
          <TextField label={t('policy.address')} placeholder="192.0.2.7" value={address} onChange={(event) => setAddress(event.target.value.trim())} />
        </div>
        <Checks legend={t('policy.has')} options={options(having, (one) => t(`has.${one}` as TextKey))} value={question.has ?? []}
          onChange={(has) => set({ has: has as typeof having })} />
        <div className="row"><Button look="primary" type="submit" busy={busy}>{t('policy.ask')}</Button></div>
        {problem && <Refusal problem={problem} />}
      </form>
      <div role="status">{answer && <Answer answer={answer} />}</div>
    </div>
  );
}

function Answer({ answer }: { answer: PolicyExplanation }) {
  const { t } = useI18n();
  return (
    <div className="card verdict-card">
      <p className={`decision ${decisionTones[answer.decision] ?? ''}`}>{t(`decision.${answer.decision}` as TextKey)}</p>
      <p>{answer.rule.number > 0 ? <>{t('policy.by-rule', { n: answer.rule.number })} <span className="mono">{answer.rule.name}</span></> : t('policy.by-default')}</p>
      {answer.notes.map((note) => <p key={note} className="small muted">{note}</p>)}
      <h2>{t('policy.tried')}</h2>
      <ol className="trail" tabIndex={0} aria-label={t('policy.tried')}>
        {answer.steps.map((step) => (
          <li key={step.rule} className={step.matched ? 'matched' : ''}>
            <Icon name={step.matched ? 'check' : 'cross'} size={14} />
            <span className="mono">{step.rule} {step.name}</span>
            <span className="muted">{step.matched ? t('policy.matched') : step.reasons.join('; ')}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}
