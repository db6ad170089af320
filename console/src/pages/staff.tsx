// Everybody who signs in: invited, vetted by a second person, at work, suspended, gone.
import { useState } from 'react';
import type { StaffMember } from '../api/contract';
import { get } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { Await } from '../ui/loaded';
import { Badge, Button, Empty, Page, Table, TextField, type Tone } from '../ui/parts';
import { useLoad } from '../ui/use_load';
import { StaffCard } from './staff_card';
import { InvitationDialog, InviteDialog } from './staff_dialogs';

export const stateTones: Record<StaffMember['state'], Tone | undefined> = {
  invited: 'warn', vetted: 'accent', active: 'good', suspended: 'bad', left: undefined,
};

export default function StaffPage() {
  const router = useRouter();
  const { id } = (router.memo ?? {}) as { id?: string };
  return id ? <StaffCard key={id} id={id} /> : <StaffList />;
}

function StaffList() {
  const { t, time } = useI18n();
  const { can } = useMe();
  const router = useRouter();
  const [wanted, setWanted] = useState('');
  const [inviting, setInviting] = useState(false);
  const [code, setCode] = useState<string>();
  const list = useLoad(() => get<{ staff: StaffMember[] }>('/v1/staff'), '');
  const matches = (person: StaffMember) => `${person.display_name} ${person.name} ${person.roles.map(({ role }) => role).join(' ')}`.toLowerCase().includes(wanted.toLowerCase());
  return (
    <Page title={t('page.staff')} about={t('staff.about')}
      actions={can('staff.invite') && <Button look="primary" icon="plus" onClick={() => setInviting(true)}>{t('staff.invite')}</Button>}>
      <div className="toolbar"><TextField label={t('staff.filter')} value={wanted} onChange={(event) => setWanted(event.target.value)} /></div>
      <Await of={list} rows={8}>
        {({ staff }) => {
          const shown = staff.filter(matches);
          if (shown.length === 0) return <Empty icon="people" title={t('staff.none')} />;
          return (
            <Table label={t('page.staff')} columns={[t('name'), t('staff.state'), t('staff.roles'), t('staff.last-sign-in'), '']}>
              {shown.map((person) => (
                <tr key={person.id}>
                  <th scope="row">{person.display_name}<br /><span className="small muted">{person.name}</span></th>
                  <td>
                    <span className="row wrap">
                      <Badge tone={stateTones[person.state]}>{t(`state.${person.state}` as TextKey)}</Badge>
                      {person.locked_at && <Badge tone="bad" icon="lock">{t('staff.locked')}</Badge>}
                    </span>
                  </td>
                  <td>{person.roles.map(({ role, until }) => (until ? t('staff.role-until', { role, date: time(until, 'date') }) : role)).join(', ')}</td>
                  <td className="number">{person.last_sign_in ? time(person.last_sign_in) : t('never')}</td>
                  <td className="actions"><Button small aria-label={t('open.one', { name: person.display_name })} onClick={() => router.go('staff', { id: person.id })}>{t('open')}</Button></td>
                </tr>
              ))}
            </Table>
          );
        }}
      </Await>
      {inviting && <InviteDialog onClose={() => setInviting(false)} onDone={(invitation) => { setInviting(false); setCode(invitation); list.reload(); }} />}
      {code && <InvitationDialog code={code} onClose={() => setCode(undefined)} />}
    </Page>
  );
}
