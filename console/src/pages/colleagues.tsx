// Colleagues who ask, and what one asked oneself.
import { useEffect, useState } from 'react';
import type { Approval } from '../api/contract';
import { type ApiRequest, get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Empty, Page, Tabs, type Tone } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';

const pollMillis = 5000;
type Verdict = 'grant' | 'refuse' | 'withdraw';
const tones: Record<Approval['state'], Tone | undefined> = {
  pending: 'warn', granted: 'good', refused: 'bad', spent: undefined, ended: undefined, glass_broken: 'bad', expired: undefined,
};

export default function ColleaguesPage() {
  const { t } = useI18n();
  const { me, can } = useMe();
  const say = useToast();
  const router = useRouter();
  const [tab, setTab] = useState<'answer' | 'mine' | 'past'>(can('approval.decide') ? 'answer' : 'mine');
  const [deciding, setDeciding] = useState<{ approval: Approval; verdict: Verdict }>();
  const list = useLoad(() => get<{ approvals: Approval[] }>('/v1/approvals'), '');
  const { reload } = list;
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), pollMillis);
    return () => clearInterval(timer);
  }, [reload]);
  const [using, setUsing] = useState<Approval>();
  // What was agreed to while one did something else.  A value appears where the customer is open; all else is done here.
  const go = (approval: Approval) => {
    const shown = /^\/v1\/customers\/([^/?]+)\/reveal$/.exec(approval.target);
    if (shown?.[1]) router.go('find', { code: decodeURIComponent(shown[1]), granted: { approval: approval.id, target: approval.target, body: approval.body } });
    else setUsing(approval);
  };
  const choose = (all: Approval[]) => {
    if (tab === 'mine') return all.filter((one) => one.asked_by.id === me.id);
    const others = all.filter((one) => one.asked_by.id !== me.id);
    return others.filter((one) => (tab === 'answer' ? one.may_decide : one.state !== 'pending'));
  };
  return (
    <Page title={t('page.colleagues')} about={t('colleagues.about')} narrow>
      <Tabs label={t('page.colleagues')} value={tab} onChange={setTab} tabs={[
        ...(can('approval.decide') ? [{ id: 'answer' as const, label: t('colleagues.answer') }] : []),
        { id: 'mine' as const, label: t('colleagues.mine') },
        { id: 'past' as const, label: t('colleagues.past') },
      ]} />
      <Await of={list}>
        {(data) => {
          const shown = choose(data.approvals);
          if (shown.length === 0) return <Empty icon="handshake" title={t(`colleagues.none.${tab}`)} />;
          return (
            <ul className="stack">
              {shown.map((approval) => (
                <li key={approval.id}>
                  <Question approval={approval} verdicts={tab === 'answer' ? ['refuse', 'grant'] : tab === 'mine' && approval.state === 'pending' ? ['withdraw'] : []}
                    onDecide={(verdict) => setDeciding({ approval, verdict })} {...(tab === 'mine' && isUsable(approval) ? { onUse: () => go(approval) } : {})} />
                </li>
              ))}
            </ul>
          );
        }}
      </Await>
      {using && (
        <ActionDialog title={t('colleagues.use.title')} label={t('colleagues.use')} summary={t('page.colleagues')} onClose={() => setUsing(undefined)}
          request={() => ({ method: using.method as ApiRequest['method'], target: using.target, headers: { 'X-Approval': using.id }, ...(using.body ? { body: using.body } : {}) })}
          onDone={() => { say(t('saved')); setUsing(undefined); reload(); }}>
          <Question approval={using} />
        </ActionDialog>
      )}
      {deciding && (
        <ActionDialog title={t(`colleagues.${deciding.verdict}.title`)} about={t(`colleagues.${deciding.verdict}.about`)} label={t(`colleagues.${deciding.verdict}`)}
          danger={deciding.verdict !== 'grant'} request={() => json('POST', `/v1/approvals/${deciding.approval.id}/${deciding.verdict === 'grant' ? 'grant' : 'refuse'}`)}
          summary={t('page.colleagues')} onClose={() => setDeciding(undefined)}
          onDone={() => { say(t('colleagues.answered')); setDeciding(undefined); reload(); }}>
          <Question approval={deciding.approval} />
        </ActionDialog>
      )}
    </Page>
  );
}

const isUsable = ({ state, effective_at }: Approval) =>
  state === 'granted' || (state === 'pending' && effective_at !== null && Date.parse(effective_at) <= Date.now());

// The request as it will run, word for word: who agrees should see what they agree to.
function Question({ approval, verdicts = [], onDecide, onUse }: {
  approval: Approval; verdicts?: Verdict[]; onDecide?: (verdict: Verdict) => void; onUse?: () => void;
}) {
  const { t, time, has } = useI18n();
  const nameOf = (action: string) => (has(`action.${action}`) ? t(`action.${action}` as TextKey) : action);
  return (
    <article className="card stack tight">
      <div className="row between wrap">
        <strong>{t('colleagues.asks', { name: approval.asked_by.name })}</strong>
        <Badge tone={tones[approval.state]}>{t(`approval.${approval.state}` as TextKey)}</Badge>
      </div>
      {approval.reason && <p className="quote">{approval.reason}</p>}
      <dl className="facts">
        <dt>{t('ask.what')}</dt>
        <dd>
          {approval.actions.map(nameOf).join(', ')}
          {approval.request_shown && <pre className="checkpoint small muted">{`${approval.method} ${approval.target}\n${approval.body}`}</pre>}
        </dd>
        <dt>{t('colleagues.asked-at')}</dt>
        <dd className="number">{time(approval.since)}</dd>
        {approval.until && <><dt>{t('colleagues.until')}</dt><dd className="number">{time(approval.until)}</dd></>}
        {approval.effective_at && <><dt>{t('colleagues.effective')}</dt><dd className="number">{time(approval.effective_at)}</dd></>}
        {approval.decided_by && <><dt>{t('colleagues.decided-by')}</dt><dd>{approval.decided_by.name}{approval.decided_at && `, ${time(approval.decided_at)}`}</dd></>}
      </dl>
      {(verdicts.length > 0 || onUse) && (
        <div className="row end">
          {onUse && <Button look="primary" onClick={onUse}>{t('colleagues.use')}</Button>}
          {verdicts.map((verdict) => (
            <Button key={verdict} look={verdict === 'grant' ? 'primary' : 'danger'} onClick={() => onDecide?.(verdict)}>{t(`colleagues.${verdict}`)}</Button>
          ))}
        </div>
      )}
    </article>
  );
}
