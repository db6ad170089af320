// One's own: what is overdue, where one is signed in, how one signs in.
import { useState } from 'react';
import type { SessionEntry } from '../api/contract';
import { get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe, useSession } from '../session/session';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Note, Page, Section, Table } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { SignInWays } from './account_factors';
import { BudgetsOf } from './budgets';
import { usePurposeName } from './field_words';

export default function AccountPage() {
  const { t, has } = useI18n();
  const me = useMe();
  const { refresh } = useSession();
  const say = useToast();
  const purposeName = usePurposeName();
  const sessions = useLoad(() => get<{ sessions: SessionEntry[] }>('/v1/sessions'), '');
  const [accepting, setAccepting] = useState<{ register: string; version: string }>();
  const [ending, setEnding] = useState<SessionEntry>();
  const nameOf = (register: string) => (has(`register.${register}`) ? t(`register.${register}` as TextKey) : register);
  return (
    <Page title={t('page.account')} narrow>
      <dl className="facts card">
        <dt>{t('name')}</dt><dd>{me.me.display_name || me.me.name}</dd>
        <dt>{t('staff.roles')}</dt><dd>{me.me.roles.join(', ')}</dd>
        <dt>{t('staff.purposes')}</dt><dd>{me.me.purposes.map((one) => (one === '*' ? t('staff.any-purpose') : purposeName(one))).join(', ') || t('none')}</dd>
        <dt>{t('account.ends')}</dt><dd className="number">{t('minutes', { n: Math.round(me.expires_in_seconds / 60) })}</dd>
      </dl>
      <Section title={t('account.overdue')}>
        {me.overdue.length === 0 ? <Note tone="good" title={t('account.nothing-overdue')} /> : (
          <ul className="stack tight">
            {me.overdue.map((one) => (
              <li key={one.register}>
                <Note tone="warn" title={nameOf(one.register)}>
                  {one.kind !== 'training' ? (
                    <p><Button small onClick={() => setAccepting({ register: one.register, version: one.version })}>{t('account.accept')}</Button></p>
                  ) : <p>{t('account.ask-training')}</p>}
                </Note>
              </li>
            ))}
          </ul>
        )}
      </Section>
      <Section title={t('ways.title')}><SignInWays /></Section>
      <Section title={t('budgets.title')}><BudgetsOf id={me.me.id} /></Section>
      <Section title={t('account.sessions')}>
        <Await of={sessions} rows={3}>{(data) => <Sessions sessions={data.sessions} onEnd={setEnding} />}</Await>
      </Section>
      {accepting && (
        <ActionDialog title={nameOf(accepting.register)} about={t('account.accept.about', { version: accepting.version })} label={t('account.accept')}
          request={() => json('POST', '/v1/me:accept', accepting)} summary={t('account.accept')} onClose={() => setAccepting(undefined)}
          onDone={() => { setAccepting(undefined); say(t('saved')); void refresh(); }} />
      )}
      {ending && (
        <ActionDialog title={t('account.end.title')} about={t('account.end.about')} label={t('account.end')} danger
          request={() => json('DELETE', `/v1/sessions/${encodeURIComponent(ending.id)}`)} summary={t('account.end.title')} onClose={() => setEnding(undefined)}
          onDone={() => { setEnding(undefined); say(t('account.ended')); sessions.reload(); }} />
      )}
    </Page>
  );
}

function Sessions({ sessions, onEnd }: { sessions: SessionEntry[]; onEnd: (session: SessionEntry) => void }) {
  const { t, time } = useI18n();
  return (
    <Table label={t('account.sessions')} columns={[t('devices.device'), t('log.address'), t('account.since'), t('account.seen'), '']}>
      {sessions.map((session) => (
        <tr key={session.id}>
          <th scope="row"><span className="row wrap">{session.device || t('account.browser')}{session.current && <Badge tone="good">{t('account.this')}</Badge>}</span></th>
          <td className="mono">{session.address}</td>
          <td className="number">{time(session.created_at)}</td>
          <td className="number">{time(session.last_seen_at)}</td>
          <td className="actions">{!session.current && <Button look="danger" small onClick={() => onEnd(session)}>{t('account.end')}</Button>}</td>
        </tr>
      ))}
    </Table>
  );
}
