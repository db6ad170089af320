import { useState } from 'react';
import { type TextKey, useI18n } from '../i18n/i18n';
import { Badge, Empty, Table, TextField, type Tone } from '../ui/parts';
import { rulesOf } from './policy_toml';

export const decisionTones: Record<string, Tone | undefined> = {
  deny: 'bad', plain: 'good', masked: undefined, token: undefined, needs_step_up: 'warn', needs_approval: 'warn',
};

export function DecisionBadge({ decision }: { decision: string }) {
  const { t, has } = useI18n();
  const key = `decision.${decision}`;
  return <Badge tone={decisionTones[decision]}>{has(key) ? t(key as TextKey) : decision}</Badge>;
}

export function RuleList({ source }: { source: string }) {
  const { t, has } = useI18n();
  const [wanted, setWanted] = useState('');
  const rules = rulesOf(source);
  const shown = rules
    .map((rule, at) => ({ rule, number: at + 1 }))
    .filter(({ rule }) => `${rule.name} ${rule.comment} ${rule.parts.flat(2).join(' ')}`.toLowerCase().includes(wanted.toLowerCase()));
  const part = (key: string) => (has(`rule.${key}`) ? t(`rule.${key}` as TextKey) : key);
  return (
    <>
      <div className="toolbar">
        <TextField label={t('policy.filter')} value={wanted} onChange={(event) => setWanted(event.target.value)} />
        <p className="small muted" role="status">{t('policy.count', { n: shown.length, all: rules.length })}</p>
      </div>
      {shown.length === 0 ? <Empty icon="scales" title={t('policy.none')} /> : (
        <Table label={t('policy.rules')} columns={['#', t('policy.rule'), t('policy.when'), t('policy.then')]}>
          {shown.map(({ rule, number }) => (
            <tr key={number}>
              <td className="number muted">{number}</td>
              <th scope="row"><span className="mono">{rule.name}</span>{rule.comment && <><br /><span className="small muted">{rule.comment}</span></>}</th>
              <td>
                <ul className="stack tight">
                  {rule.parts.map(([key, values]) => (
                    <li key={key}><span className="muted">{part(key)}</span> {values.join(', ')}</li>
                  ))}
                </ul>
              </td>
              <td><DecisionBadge decision={rule.decision} /></td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
}
