// Computers that may be used, what they last said of themselves, and the way out for a lost one.
import { useState } from 'react';
import type { Device } from '../api/contract';
import { get, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Dialog, Empty, Page, Table, TextArea, TextField } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { useCopy } from './copy';

export default function DevicesPage() {
  const { t } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const devices = useLoad(() => get<{ devices: Device[] }>('/v1/devices'), '');
  const [enrolling, setEnrolling] = useState(false);
  const [revoking, setRevoking] = useState<Device>();
  const [granting, setGranting] = useState<Device>();
  const [certificate, setCertificate] = useState<string>();
  return (
    <Page title={t('page.devices')} about={t('devices.about')}
      actions={can('device.enrol') && <Button look="primary" icon="plus" onClick={() => setEnrolling(true)}>{t('devices.enrol')}</Button>}>
      <Await of={devices}>
        {(data) => data.devices.length === 0 ? <Empty icon="laptop" title={t('devices.none')}><p>{t('devices.none.about')}</p></Empty> : (
          <DeviceTable devices={data.devices} onRevoke={can('device.revoke') ? setRevoking : undefined}
            onGrant={can('device.enrol') ? setGranting : undefined} />
        )}
      </Await>
      {enrolling && (
        <EnrolDialog onClose={() => setEnrolling(false)} onDone={(text) => { setEnrolling(false); setCertificate(text); devices.reload(); }} />
      )}
      {certificate && <CertificateDialog text={certificate} onClose={() => setCertificate(undefined)} />}
      {granting && (
        <ActionDialog title={t('devices.grant.title', { name: granting.label })} about={t('devices.grant.about', { name: granting.person.name })} label={t('devices.grant')}
          request={() => json('POST', `/v1/devices/${encodeURIComponent(granting.id)}/grant`, {})} summary={t('devices.grant.title', { name: granting.label })}
          onClose={() => setGranting(undefined)} onDone={() => { setGranting(undefined); say(t('devices.granted')); devices.reload(); }} />
      )}
      {revoking && (
        <ActionDialog title={t('devices.revoke.title', { name: revoking.label })} about={t('devices.revoke.about')} label={t('devices.revoke')} danger
          request={() => json('DELETE', `/v1/devices/${encodeURIComponent(revoking.id)}`)} summary={t('devices.revoke.title', { name: revoking.label })}
          onClose={() => setRevoking(undefined)} onDone={() => { setRevoking(undefined); say(t('devices.revoked')); devices.reload(); }} />
      )}
    </Page>
  );
}

type OnDevice = ((device: Device) => void) | undefined;

function Validity({ device }: { device: Device }) {
  const { t, time } = useI18n();
  if (device.state === 'revoked') return <Badge tone="bad">{t('devices.revoked')}</Badge>;
  if (device.state === 'requested') return <Badge>{t('devices.requested')}</Badge>;
  if (device.state === 'person-inactive') return <Badge tone="bad">{t('devices.inactive')}</Badge>;
  return <>{device.expires_at && time(device.expires_at, 'date')}{device.state === 'expired' && <Badge tone="bad">{t('devices.expired')}</Badge>}</>;
}

function DeviceTable({ devices, onRevoke, onGrant }: { devices: Device[]; onRevoke: OnDevice; onGrant: OnDevice }) {
  const { t, time } = useI18n();
  return (
    <Table label={t('page.devices')} columns={[t('devices.device'), t('devices.person'), t('devices.posture'), t('devices.expires'), '']}>
      {devices.map((device) => (
        <tr key={device.id}>
          <th scope="row">{device.label}</th>
          <td>{device.person.name}</td>
          <td>
            {device.posture ? (
              <span className="row wrap">
                <Badge tone={device.posture.disk_encrypted ? 'good' : 'bad'}>{t(device.posture.disk_encrypted ? 'devices.disk' : 'devices.no-disk')}</Badge>
                <Badge tone={device.posture.protection_current ? 'good' : 'bad'}>{t(device.posture.protection_current ? 'devices.protection' : 'devices.no-protection')}</Badge>
                <span className="small muted number">{time(device.posture.at)}</span>
              </span>
            ) : <span className="muted">{t('devices.no-posture')}</span>}
          </td>
          <td className="number"><Validity device={device} /></td>
          <td className="actions">
            {onGrant && device.state === 'requested' && <Button small aria-label={t('devices.grant.title', { name: device.label })} onClick={() => onGrant(device)}>{t('devices.grant')}</Button>}
            {onRevoke && !device.revoked_at && <Button look="danger" small aria-label={t('devices.revoke.title', { name: device.label })} onClick={() => onRevoke(device)}>{t('devices.revoke')}</Button>}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function EnrolDialog({ onDone, onClose }: { onDone: (certificate: string) => void; onClose: () => void }) {
  const { t } = useI18n();
  const [person, setPerson] = useState('');
  const [label, setLabel] = useState('');
  const [request, setRequest] = useState('');
  return (
    <ActionDialog<{ certificate: string }> title={t('devices.enrol')} about={t('devices.enrol.about')} label={t('devices.enrol.do')} large
      request={() => json('POST', '/v1/devices:issue', { person, label, request })} summary={t('devices.enrol')}
      onDone={(answer) => onDone(answer.certificate)} onClose={onClose}>
      <div className="form-grid">
        <TextField label={t('devices.device')} required value={label} onChange={(event) => setLabel(event.target.value)} />
        <TextField label={t('devices.person-id')} required className="mono" value={person} onChange={(event) => setPerson(event.target.value.trim())} />
      </div>
      <TextArea label={t('devices.request')} hint={t('devices.request.hint')} className="mono" rows={6} required value={request} onChange={(event) => setRequest(event.target.value)} />
    </ActionDialog>
  );
}

function CertificateDialog({ text, onClose }: { text: string; onClose: () => void }) {
  const { t } = useI18n();
  const copy = useCopy();
  return (
    <Dialog title={t('devices.certificate')} onClose={onClose} large>
      <p className="muted">{t('devices.certificate.about')}</p>
      <pre className="source" tabIndex={0}>{text}</pre>
      <div className="dialog-foot">
        <Button icon="copy" onClick={() => copy(text, false)}>{t('copy')}</Button>
        <Button look="primary" onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}
