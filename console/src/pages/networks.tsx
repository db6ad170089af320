// From where each role, and each person beyond that, may work; and how long a session lasts.
import { useState } from 'react';
import type { AccessSettings, Policy, StaffMember } from '../api/contract';
import { get, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Button, Page, Section, Table, TextArea, TextField } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { rolesOf } from './policy_toml';

const lines = (text: string) => text.split(/[\s,]+/).filter((line) => line !== '');

export default function NetworksPage() {
  const { t } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const settings = useLoad(() => get<AccessSettings>('/v1/access-settings'), '');
  const policy = useLoad(() => (can('policy.read') ? get<Policy>('/v1/policy') : Promise.resolve(undefined)), '');
  const staff = useLoad(() => get<{ staff: StaffMember[] }>('/v1/staff'), '');
  const [editing, setEditing] = useState<string>();
  const [limits, setLimits] = useState(false);
  const changes = can('access.change');
  const done = () => { setEditing(undefined); setLimits(false); say(t('saved')); settings.reload(); };
  return (
    <Page title={t('page.networks')} about={t('networks.about')} narrow>
      <Await of={settings}>
        {(data) => (
          <>
            <Section title={t('networks.roles')}>
              <Table label={t('networks.roles')} columns={[t('staff.role'), t('page.networks'), ...(changes ? [''] : [])]}>
                {[...new Set([...rolesOf(policy.data?.source ?? ''), ...Object.keys(data.networks)])].map((role) => (
                  <tr key={role}>
                    <th scope="row">{role}</th>
                    <td className={data.networks[role] ? 'mono' : ''}>{data.networks[role]?.join(', ') || t('networks.anywhere')}</td>
                    {changes && <td className="actions"><Button small aria-label={t('edit.one', { name: role })} onClick={() => setEditing(role)}>{t('edit')}</Button></td>}
                  </tr>
                ))}
              </Table>
            </Section>
            <Section title={t('networks.people')}><People all={staff.data?.staff ?? []} /></Section>
            <Section title={t('settings.title')} actions={changes && <Button small onClick={() => setLimits(true)}>{t('edit')}</Button>}>
              <dl className="facts card">
                <dt>{t('settings.idle')}</dt><dd className="number">{t('minutes', { n: data.session_idle_minutes })}</dd>
                <dt>{t('settings.longest')}</dt><dd className="number">{t('minutes', { n: data.session_longest_minutes })}</dd>
                <dt>{t('settings.question')}</dt><dd>{t(data.question_on_new_place ? 'yes' : 'no')}</dd>
                <dt>{t('settings.sms')}</dt><dd>{t(data.allow_sms ? 'yes' : 'no')}</dd>
                <dt>{t('settings.everything')}</dt><dd className="number">{data.most_who_see_everything}</dd>
                <dt>{t('settings.review')}</dt><dd className="number">{t('days', { n: data.review_interval_days })}</dd>
                <dt>{t('settings.unused')}</dt><dd className="number">{t('days', { n: data.unused_days })}</dd>
                <dt>{t('settings.zone')}</dt><dd>{data.time_zone}</dd>
                <dt>{t('settings.origin')}</dt><dd className="mono">{data.origin || t('none')}</dd>
              </dl>
            </Section>
            {editing && <NetworkDialog role={editing} settings={data} onClose={() => setEditing(undefined)} onDone={done} />}
            {limits && <LimitsDialog settings={data} onClose={() => setLimits(false)} onDone={done} />}
          </>
        )}
      </Await>
    </Page>
  );
}

function People({ all }: { all: StaffMember[] }) {
  const { t } = useI18n();
  const bound = all.filter((person) => person.networks.length > 0);
  if (bound.length === 0) return <p className="muted">{t('networks.people.none')}</p>;
  return (
    <Table label={t('networks.people')} columns={[t('name'), t('page.networks')]}>
      {bound.map((person) => <tr key={person.id}><th scope="row">{person.display_name}</th><td className="mono">{person.networks.join(', ')}</td></tr>)}
    </Table>
  );
}

function NetworkDialog({ role, settings, onDone, onClose }: { role: string; settings: AccessSettings; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [text, setText] = useState((settings.networks[role] ?? []).join('\n'));
  const request = () => {
    const { [role]: _, ...others } = settings.networks;
    const own = lines(text);
    return json('PUT', '/v1/access-settings', { ...settings, networks: own.length > 0 ? { ...others, [role]: own } : others });
  };
  return (
    <ActionDialog title={t('networks.edit', { role })} about={t('networks.edit.about')} label={t('save')} request={request}
      summary={t('networks.edit', { role })} onDone={onDone} onClose={onClose}>
      <TextArea label={t('page.networks')} hint={t('networks.hint')} className="mono" rows={5} value={text} onChange={(event) => setText(event.target.value)} />
    </ActionDialog>
  );
}

const numbers = ['session_idle_minutes', 'session_longest_minutes', 'most_who_see_everything', 'review_interval_days', 'unused_days'] as const;
const numberWords = { session_idle_minutes: 'settings.idle.minutes', session_longest_minutes: 'settings.longest.minutes', most_who_see_everything: 'settings.everything', review_interval_days: 'settings.review.days', unused_days: 'settings.unused.days' } as const;

function LimitsDialog({ settings, onDone, onClose }: { settings: AccessSettings; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [draft, setDraft] = useState(settings);
  const set = (change: Partial<AccessSettings>) => setDraft((old) => ({ ...old, ...change }));
  return (
    <ActionDialog title={t('settings.title')} about={t('networks.edit.about')} label={t('save')} large request={() => json('PUT', '/v1/access-settings', draft)}
      summary={t('settings.title')} onDone={onDone} onClose={onClose}>
      <div className="form-grid">
        {numbers.map((name) => (
          <TextField key={name} label={t(numberWords[name])} type="number" min={0} required value={draft[name]} onChange={(event) => set({ [name]: event.target.valueAsNumber || 0 })} />
        ))}
        <TextField label={t('settings.zone')} required value={draft.time_zone} onChange={(event) => set({ time_zone: event.target.value })} />
        <TextField label={t('settings.origin')} hint={t('settings.origin.hint')} placeholder="https://" value={draft.origin} onChange={(event) => set({ origin: event.target.value.trim() })} />
      </div>
      <label className="check"><input type="checkbox" checked={draft.question_on_new_place} onChange={(event) => set({ question_on_new_place: event.target.checked })} />{t('settings.question')}</label>
      <label className="check"><input type="checkbox" checked={draft.allow_sms} onChange={(event) => set({ allow_sms: event.target.checked })} />{t('settings.sms')}</label>
    </ActionDialog>
  );
}
