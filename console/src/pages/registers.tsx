// Training, confidentiality, acceptable use: what is asked of everybody, and who is behind.
import { useState } from 'react';
import type { Register, Registers } from '../api/contract';
import { get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Empty, Note, Page, Section, Table, TextField } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';

export function useRegisterName(): (name: string) => string {
  const { t, has } = useI18n();
  return (name) => (has(`register.${name}`) ? t(`register.${name}` as TextKey) : name);
}

export default function RegistersPage() {
  const { t } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const registers = useLoad(() => get<Registers>('/v1/registers'), '');
  const [renewing, setRenewing] = useState<Register>();
  return (
    <Page title={t('page.registers')} about={t('registers.about')}>
      <Await of={registers}>
        {(data) => (
          <>
            {data.registers.length === 0 ? <Empty icon="book" title={t('registers.none')} /> : (
              <RegisterTable registers={data.registers} onRenew={can('access.change') ? setRenewing : undefined} />
            )}
            <Section title={t('registers.behind')}><Behind behind={data.behind} /></Section>
          </>
        )}
      </Await>
      {renewing && (
        <RenewDialog register={renewing} onClose={() => setRenewing(undefined)} onDone={() => { setRenewing(undefined); say(t('saved')); registers.reload(); }} />
      )}
    </Page>
  );
}

function RegisterTable({ registers, onRenew }: { registers: Register[]; onRenew: ((register: Register) => void) | undefined }) {
  const { t } = useI18n();
  const nameOf = useRegisterName();
  return (
    <Table label={t('page.registers')} columns={[t('registers.register'), t('registers.version'), t('registers.valid'), t('registers.needed'), ...(onRenew ? [''] : [])]}>
      {registers.map((register) => (
        <tr key={register.name}>
          <th scope="row">{nameOf(register.name)}</th>
          <td>{register.version}</td>
          <td>{register.valid_days ? t('days', { n: register.valid_days }) : t('staff.no-end')}</td>
          <td>{t(register.needed ? 'yes' : 'no')}</td>
          {onRenew && <td className="actions"><Button small aria-label={t('registers.renew.title', { name: nameOf(register.name) })} onClick={() => onRenew(register)}>{t('registers.renew')}</Button></td>}
        </tr>
      ))}
    </Table>
  );
}

function Behind({ behind }: { behind: Registers['behind'] }) {
  const { t, time } = useI18n();
  const router = useRouter();
  const nameOf = useRegisterName();
  if (behind.length === 0) return <Note tone="good" title={t('registers.all-done')} />;
  return (
    <Table label={t('registers.behind')} columns={[t('name'), t('registers.lacks'), '']}>
      {behind.map((person) => (
        <tr key={person.id}>
          <th scope="row">{person.name}</th>
          <td>
            <span className="row wrap">
              {person.due.map((one) => (
                <Badge key={one.register} tone={one.overdue ? 'bad' : 'warn'}>{nameOf(one.register)} · {one.overdue ? t('registers.overdue') : time(one.due, 'date')}</Badge>
              ))}
            </span>
          </td>
          <td className="actions"><Button small aria-label={t('open.one', { name: person.name })} onClick={() => router.go('staff', { id: person.id })}>{t('open')}</Button></td>
        </tr>
      ))}
    </Table>
  );
}

function RenewDialog({ register, onDone, onClose }: { register: Register; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const name = useRegisterName()(register.name);
  const [version, setVersion] = useState('');
  const [reference, setReference] = useState('');
  const [from, setFrom] = useState('');
  const body = { version, ...(reference ? { reference } : {}), ...(from ? { due_from: `${from}T00:00:00.000Z` } : {}) };
  return (
    <ActionDialog title={t('registers.renew.title', { name })} about={t('registers.renew.about')} label={t('save')}
      request={() => json('PUT', `/v1/registers/${encodeURIComponent(register.name)}`, body)} summary={t('registers.renew.title', { name })} onDone={onDone} onClose={onClose}>
      <TextField label={t('registers.version')} required value={version} onChange={(event) => setVersion(event.target.value)} />
      <TextField label={t('registers.reference')} hint={t('registers.reference.hint')} value={reference} onChange={(event) => setReference(event.target.value)} />
      <TextField label={t('registers.from')} hint={t('registers.from.hint')} type="date" value={from} onChange={(event) => setFrom(event.target.value)} />
    </ActionDialog>
  );
}
