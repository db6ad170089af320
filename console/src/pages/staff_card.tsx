// One member of staff: where they stand, what they may, and the steps that lead on from there.
import { useState } from 'react';
import type { StaffMember } from '../api/contract';
import { get } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { Await } from '../ui/loaded';
import { Badge, Button, Empty, Note, Page, Section, Table } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { BudgetsOf } from './budgets';
import { usePurposeName } from './field_words';
import { stateTones } from './staff';
import { InvitationDialog, RecordDialog, RolesDialog, StepDialog, type Step } from './staff_dialogs';

const steps: { step: Step; from: StaffMember['state'][]; needs: string; danger?: boolean }[] = [
  { step: 'vet', from: ['invited'], needs: 'staff.vet' },
  { step: 'invite-again', from: ['invited', 'vetted', 'active'], needs: 'staff.change' },
  { step: 'resume', from: ['suspended'], needs: 'staff.change' },
  { step: 'suspend', from: ['active', 'vetted'], needs: 'staff.suspend', danger: true },
  { step: 'leave', from: ['invited', 'vetted', 'active', 'suspended'], needs: 'staff.suspend', danger: true },
];

export function StaffCard({ id }: { id: string }) {
  const { t } = useI18n();
  const { can, me } = useMe();
  const router = useRouter();
  const say = useToast();
  const person = useLoad(() => get<StaffMember>(`/v1/staff/${encodeURIComponent(id)}`), id);
  const [doing, setDoing] = useState<Step | 'roles' | 'record'>();
  const [code, setCode] = useState<string>();
  const done = (invitation?: string) => {
    setDoing(undefined);
    if (invitation) setCode(invitation);
    say(t('saved'));
    person.reload();
  };
  return (
    <Page title={t('page.staff')} heading={person.data?.display_name} back={{ label: t('page.staff'), go: router.back }} narrow
      actions={can('audit.read') && <Button small icon="list" onClick={() => router.go('log', { actor: id })}>{t('staff.log')}</Button>}>
      <Await of={person} rows={8}>
        {(data) => (
          <>
            <div className="row wrap">
              <Badge tone={stateTones[data.state]}>{t(`state.${data.state}` as TextKey)}</Badge>
              {steps.filter((one) => one.from.includes(data.state) && can(one.needs) && data.id !== me.id).map(({ step, danger }) => (
                <Button key={step} small {...(danger ? { look: 'danger' } : {})} onClick={() => setDoing(step)}>{t(`staff.${step}` as TextKey)}</Button>
              ))}
            </div>
            {data.locked_at && (
              <Note tone="bad" title={t('staff.locked')}>
                <p>{t('staff.locked.about')} {data.locked_why && <span className="mono">{data.locked_why}</span>}</p>
                {can('staff.suspend') && data.id !== me.id && <p><Button small onClick={() => setDoing('release')}>{t('staff.release')}</Button></p>}
              </Note>
            )}
            <Facts person={data} />
            <Section title={t('staff.roles')} actions={can('staff.change') && data.id !== me.id && <Button small onClick={() => setDoing('roles')}>{t('edit')}</Button>}>
              <Roles person={data} />
            </Section>
            <Section title={t('budgets.title')}><BudgetsOf id={data.id} /></Section>
            <Section title={t('page.registers')} actions={can('register.change') && <Button small icon="plus" onClick={() => setDoing('record')}>{t('registers.record')}</Button>}>
              <Marks person={data} />
            </Section>
            {doing === 'roles' && <RolesDialog person={data} onDone={() => done()} onClose={() => setDoing(undefined)} />}
            {doing === 'record' && <RecordDialog person={data} onDone={() => done()} onClose={() => setDoing(undefined)} />}
            {doing && doing !== 'roles' && doing !== 'record' && <StepDialog person={data} step={doing} onDone={done} onClose={() => setDoing(undefined)} />}
          </>
        )}
      </Await>
      {code && <InvitationDialog code={code} onClose={() => setCode(undefined)} />}
    </Page>
  );
}

function Facts({ person }: { person: StaffMember }) {
  const { t, time } = useI18n();
  const purposeName = usePurposeName();
  return (
    <dl className="facts card">
      <dt>{t('sign-in.name')}</dt><dd className="mono">{person.name}</dd>
      <dt>{t('staff.email')}</dt><dd>{person.email}</dd>
      <dt>{t('staff.invited')}</dt><dd className="number">{time(person.invited_at)}</dd>
      <dt>{t('staff.vetted')}</dt>
      <dd>{person.vetted_at ? <span className="number">{time(person.vetted_at)}</span> : t('staff.not-vetted')}{person.vetting_reference && ` · ${person.vetting_reference}`}</dd>
      <dt>{t('staff.factor')}</dt><dd>{t(person.second_factor ? 'yes' : 'no')}</dd>
      <dt>{t('staff.last-sign-in')}</dt><dd className="number">{person.last_sign_in ? time(person.last_sign_in) : t('never')}</dd>
      <dt>{t('staff.purposes')}</dt><dd>{person.purposes.map((one) => (one === '*' ? t('staff.any-purpose') : purposeName(one))).join(', ') || t('none')}</dd>
      <dt>{t('page.networks')}</dt><dd className={person.networks.length > 0 ? 'mono' : ''}>{person.networks.join(', ') || t('networks.of-roles')}</dd>
    </dl>
  );
}

function Roles({ person }: { person: StaffMember }) {
  const { t, time } = useI18n();
  if (person.roles.length === 0) return <p className="muted">{t('none')}</p>;
  return (
    <Table label={t('staff.roles')} columns={[t('staff.role'), t('staff.until')]}>
      {person.roles.map(({ role, until }) => (
        <tr key={role}><th scope="row">{role}</th><td className="number">{until ? time(until, 'date') : t('staff.no-end')}</td></tr>
      ))}
    </Table>
  );
}

export function Marks({ person }: { person: Pick<StaffMember, 'marks'> }) {
  const { t, time, has } = useI18n();
  if (person.marks.length === 0) return <Empty icon="book" title={t('registers.nothing')} />;
  const now = Date.now();
  return (
    <Table label={t('page.registers')} columns={[t('registers.register'), t('registers.version'), t('registers.at'), t('registers.valid-until')]}>
      {person.marks.map((mark) => (
        <tr key={`${mark.register} ${mark.version}`}>
          <th scope="row">{has(`register.${mark.register}`) ? t(`register.${mark.register}` as TextKey) : mark.register}</th>
          <td>{mark.version}</td>
          <td className="number">{time(mark.at, 'date')}</td>
          <td className="number">
            {mark.valid_until ? time(mark.valid_until, 'date') : t('staff.no-end')}{' '}
            {mark.valid_until && Date.parse(mark.valid_until) < now && <Badge tone="warn">{t('registers.overdue')}</Badge>}
          </td>
        </tr>
      ))}
    </Table>
  );
}
