// Training, confidentiality, acceptable use: what is asked of everybody, and who is behind.
import type { Register, StaffMember } from '../api/contract';
import { get } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { Await } from '../ui/loaded';
import { Badge, Button, Empty, Note, Page, Section, Table } from '../ui/parts';
import { useLoad } from '../ui/use_load';

const working: StaffMember['state'][] = ['vetted', 'active'];

// Done in the version that is asked for, and still valid.
function fulfils(person: StaffMember, register: Register, now: number): boolean {
  return person.marks.some((mark) => mark.register === register.name && mark.version === register.version && (!mark.valid_until || Date.parse(mark.valid_until) > now));
}

export default function RegistersPage() {
  const { t, has } = useI18n();
  const { can } = useMe();
  const router = useRouter();
  const registers = useLoad(() => get<{ registers: Register[] }>('/v1/registers'), '');
  const staff = useLoad(() => (can('staff.read') ? get<{ staff: StaffMember[] }>('/v1/staff') : Promise.resolve(undefined)), '');
  const nameOf = (register: string) => (has(`register.${register}`) ? t(`register.${register}` as TextKey) : register);
  const now = Date.now();
  return (
    <Page title={t('page.registers')} about={t('registers.about')}>
      <Await of={registers}>
        {(data) => data.registers.length === 0 ? <Empty icon="book" title={t('registers.none')} /> : (
          <>
            <Table label={t('page.registers')} columns={[t('registers.register'), t('registers.version'), t('registers.valid')]}>
              {data.registers.map((register) => (
                <tr key={register.name}>
                  <th scope="row">{nameOf(register.name)}</th>
                  <td>{register.version}</td>
                  <td>{register.valid_days ? t('days', { n: register.valid_days }) : t('staff.no-end')}</td>
                </tr>
              ))}
            </Table>
            {staff.data && (
              <Section title={t('registers.behind')}>
                <Behind people={staff.data.staff.filter((person) => working.includes(person.state))} missing={(person) => data.registers.filter((register) => !fulfils(person, register, now)).map((register) => nameOf(register.name))}
                  onOpen={(person) => router.go('staff', { id: person.id })} />
              </Section>
            )}
          </>
        )}
      </Await>
    </Page>
  );
}

function Behind({ people, missing, onOpen }: { people: StaffMember[]; missing: (person: StaffMember) => string[]; onOpen: (person: StaffMember) => void }) {
  const { t } = useI18n();
  const behind = people.map((person) => ({ person, lacks: missing(person) })).filter(({ lacks }) => lacks.length > 0);
  if (behind.length === 0) return <Note tone="good" title={t('registers.all-done')} />;
  return (
    <Table label={t('registers.behind')} columns={[t('name'), t('registers.lacks'), '']}>
      {behind.map(({ person, lacks }) => (
        <tr key={person.id}>
          <th scope="row">{person.display_name}</th>
          <td><span className="row wrap">{lacks.map((name) => <Badge key={name} tone="warn">{name}</Badge>)}</span></td>
          <td className="actions"><Button small aria-label={t('open.one', { name: person.display_name })} onClick={() => onOpen(person)}>{t('open')}</Button></td>
        </tr>
      ))}
    </Table>
  );
}
