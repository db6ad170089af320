// From where each role, and each person beyond that, may work.
import { useState } from 'react';
import type { AccessSettings, StaffMember } from '../api/contract';
import { get, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Button, Empty, Page, Section, Table, TextArea } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';

const lines = (text: string) => text.split(/[\s,]+/).filter((line) => line !== '');

export default function NetworksPage() {
  const { t } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const settings = useLoad(() => get<AccessSettings>('/v1/access-settings'), '');
  const staff = useLoad(() => get<{ staff: StaffMember[] }>('/v1/staff'), '');
  const [editing, setEditing] = useState<string>();
  return (
    <Page title={t('page.networks')} about={t('networks.about')} narrow>
      <Section title={t('networks.roles')}>
        <Await of={settings}>
          {(data) => Object.keys(data.networks).length === 0 ? <Empty icon="network" title={t('networks.none')}><p>{t('networks.none.about')}</p></Empty> : (
            <Table label={t('networks.roles')} columns={[t('staff.role'), t('page.networks'), '']}>
              {Object.entries(data.networks).map(([role, networks]) => (
                <tr key={role}>
                  <th scope="row">{role}</th>
                  <td className="mono">{networks.join(', ') || t('networks.anywhere')}</td>
                  <td className="actions">{can('access.change') && <Button small aria-label={t('edit.one', { name: role })} onClick={() => setEditing(role)}>{t('edit')}</Button>}</td>
                </tr>
              ))}
            </Table>
          )}
        </Await>
      </Section>
      <Section title={t('networks.people')}>
        <Await of={staff}>
          {(data) => {
            const bound = data.staff.filter((person) => person.networks.length > 0);
            if (bound.length === 0) return <p className="muted">{t('networks.people.none')}</p>;
            return (
              <Table label={t('networks.people')} columns={[t('name'), t('page.networks')]}>
                {bound.map((person) => <tr key={person.id}><th scope="row">{person.display_name}</th><td className="mono">{person.networks.join(', ')}</td></tr>)}
              </Table>
            );
          }}
        </Await>
      </Section>
      {editing && settings.data && (
        <EditDialog role={editing} settings={settings.data} onClose={() => setEditing(undefined)}
          onDone={() => { setEditing(undefined); say(t('saved')); settings.reload(); }} />
      )}
    </Page>
  );
}

function EditDialog({ role, settings, onDone, onClose }: { role: string; settings: AccessSettings; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [text, setText] = useState((settings.networks[role] ?? []).join('\n'));
  return (
    <ActionDialog title={t('networks.edit', { role })} about={t('networks.edit.about')} label={t('save')}
      request={() => json('PUT', '/v1/access-settings', { ...settings, networks: { ...settings.networks, [role]: lines(text) } })}
      summary={t('networks.edit', { role })} onDone={onDone} onClose={onClose}>
      <TextArea label={t('page.networks')} hint={t('networks.hint')} className="mono" rows={5} value={text} onChange={(event) => setText(event.target.value)} />
    </ActionDialog>
  );
}
