import { useState } from 'react';
import type { InvitedStaff, Policy, StaffMember } from '../api/contract';
import { get, json } from '../api/http';
import { languages, type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { ActionDialog } from '../ui/action_form';
import { Button, Checks, Dialog, Note, Select, TextField } from '../ui/parts';
import { useLoad } from '../ui/use_load';
import { useCopy } from './copy';
import { rolesOf } from './policy_toml';

export type Step = 'vet' | 'invite-again' | 'suspend' | 'resume' | 'leave' | 'release';
const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');
const endOfDay = (date: string) => (date === '' ? undefined : `${date}T23:59:59.000Z`);
const pathOf = (person: StaffMember) => `/v1/staff/${encodeURIComponent(person.id)}`;

// Roles are the policy's; whoever may not read it types them.
function useRoleOptions(): string[] {
  const { can } = useMe();
  const policy = useLoad(() => (can('policy.read') ? get<Policy>('/v1/policy') : Promise.resolve(undefined)), '');
  const programs = new Set(['application', 'partner', 'importer']);
  return policy.data ? rolesOf(policy.data.source).filter((role) => !programs.has(role)) : [];
}

function RolePicker({ roles, onChange }: { roles: string[]; onChange: (roles: string[]) => void }) {
  const { t } = useI18n();
  const options = useRoleOptions();
  if (options.length === 0) {
    return <TextField label={t('staff.roles')} value={roles.join(', ')} required onChange={(event) => onChange(words(event.target.value))} />;
  }
  return <Checks legend={t('staff.roles')} options={options.map((role) => ({ value: role, label: role }))} value={roles} onChange={onChange} />;
}

export function InviteDialog({ onDone, onClose }: { onDone: (code: string) => void; onClose: () => void }) {
  const { t, language: mine } = useI18n();
  const [name, setName] = useState('');
  const [displayName, setDisplayName] = useState('');
  const [email, setEmail] = useState('');
  const [roles, setRoles] = useState<string[]>([]);
  const [purposes, setPurposes] = useState('');
  const [language, setLanguage] = useState<string>(mine);
  return (
    <ActionDialog<InvitedStaff> title={t('staff.invite')} about={t('staff.invite.about')} label={t('staff.invite.do')} large
      request={() => json('POST', '/v1/staff', { name, display_name: displayName, email, language, roles: roles.map((role) => ({ role })), purposes: words(purposes) })}
      summary={t('staff.invite')} onDone={(answer) => onDone(answer.enrolment_code)} onClose={onClose}>
      <div className="form-grid">
        <TextField label={t('staff.display-name')} required value={displayName} onChange={(event) => setDisplayName(event.target.value)} />
        <TextField label={t('sign-in.name')} hint={t('staff.name.hint')} required autoCapitalize="none" value={name} onChange={(event) => setName(event.target.value)} />
        <TextField label={t('staff.email')} hint={t('staff.email.hint')} type="email" required value={email} onChange={(event) => setEmail(event.target.value)} />
        <Select label={t('language')} options={Object.entries(languages).map(([value, label]) => ({ value, label }))} value={language}
          onChange={(event) => setLanguage(event.target.value)} />
      </div>
      <RolePicker roles={roles} onChange={setRoles} />
      <TextField label={t('staff.purposes')} hint={t('staff.purposes.hint')} value={purposes} onChange={(event) => setPurposes(event.target.value)} />
    </ActionDialog>
  );
}

export function InvitationDialog({ code, onClose }: { code: string; onClose: () => void }) {
  const { t } = useI18n();
  const copy = useCopy();
  return (
    <Dialog title={t('staff.invitation')} onClose={onClose}>
      <p className="muted">{t('staff.invitation.about')}</p>
      <p className="record-code mono checkpoint">{code}</p>
      <Note tone="warn"><p>{t('staff.invitation.once')}</p></Note>
      <div className="dialog-foot">
        <Button icon="copy" onClick={() => copy(code, true)}>{t('copy')}</Button>
        <Button look="primary" onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}

export function StepDialog({ person, step, onDone, onClose }: {
  person: StaffMember; step: Step; onDone: (invitation?: string) => void; onClose: () => void;
}) {
  const { t } = useI18n();
  const [text, setText] = useState('');
  const name = person.display_name;
  return (
    <ActionDialog<Partial<InvitedStaff>> title={t(`staff.${step}.title` as TextKey, { name })} about={t(`staff.${step}.about` as TextKey)}
      label={t(`staff.${step}` as TextKey)} danger={step === 'suspend' || step === 'leave'} request={() => json('POST', `${pathOf(person)}/${step}`, step === 'vet' ? { reference: text } : undefined)}
      summary={t(`staff.${step}.title` as TextKey, { name })} onDone={(answer) => onDone(answer.enrolment_code)} onClose={onClose}>
      {step === 'vet' && (
        <TextField label={t('staff.vet.reference')} hint={t('staff.vet.reference.hint')} required value={text} onChange={(event) => setText(event.target.value)} />
      )}
    </ActionDialog>
  );
}

export function RolesDialog({ person, onDone, onClose }: { person: StaffMember; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [roles, setRoles] = useState(person.roles.map(({ role }) => role));
  const [until, setUntil] = useState<Record<string, string>>(Object.fromEntries(person.roles.map((one) => [one.role, one.until?.slice(0, 10) ?? ''])));
  const [purposes, setPurposes] = useState(person.purposes.join(', '));
  const grants = roles.map((role) => ({ role, ...(until[role] ? { until: endOfDay(until[role]) } : {}) }));
  return (
    <ActionDialog title={t('staff.roles.title', { name: person.display_name })} about={t('staff.roles.about')} label={t('save')} large
      request={() => json('POST', `${pathOf(person)}/roles`, { roles: grants, purposes: words(purposes) })}
      summary={t('staff.roles.title', { name: person.display_name })} onDone={onDone} onClose={onClose}>
      <RolePicker roles={roles} onChange={setRoles} />
      <div className="form-grid">
        {roles.map((role) => (
          <TextField key={role} label={t('staff.role-ends', { role })} hint={t('staff.role-ends.hint')} type="date" value={until[role] ?? ''}
            onChange={(event) => setUntil((old) => ({ ...old, [role]: event.target.value }))} />
        ))}
      </div>
      <TextField label={t('staff.purposes')} hint={t('staff.purposes.hint')} value={purposes} onChange={(event) => setPurposes(event.target.value)} />
    </ActionDialog>
  );
}

export const registerNames = ['training', 'agreement', 'acceptable-use'] as const;

export function RecordDialog({ person, onDone, onClose }: { person: StaffMember; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [register, setRegister] = useState<string>('training');
  const [version, setVersion] = useState('');
  const [until, setUntil] = useState('');
  return (
    <ActionDialog title={t('registers.record.title', { name: person.display_name })} about={t('registers.record.about')} label={t('registers.record')}
      request={() => json('POST', `${pathOf(person)}/record`, { register, version, ...(until ? { valid_until: endOfDay(until) } : {}) })}
      summary={t('registers.record.title', { name: person.display_name })} onDone={onDone} onClose={onClose}>
      <Select label={t('registers.register')} options={registerNames.map((value) => ({ value, label: t(`register.${value}`) }))} value={register}
        onChange={(event) => setRegister(event.target.value)} />
      <TextField label={t('registers.version')} required value={version} onChange={(event) => setVersion(event.target.value)} />
      <TextField label={t('registers.valid-until')} type="date" value={until} onChange={(event) => setUntil(event.target.value)} />
    </ActionDialog>
  );
}
