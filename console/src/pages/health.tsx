// Whether the server is well: what `strongroom doctor` says, in a page.
import type { Findings, ServerStatus } from '../api/contract';
import { get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useState } from 'react';
import { Await } from '../ui/loaded';
import { ActionDialog } from '../ui/action_form';
import { Badge, Button, Note, Page, Section } from '../ui/parts';
import { useLoad } from '../ui/use_load';

// "red: no checkpoint has left this machine": how bad it is, and what it is.
function FindingList({ findings, fine }: { findings: string[]; fine: string }) {
  const { t } = useI18n();
  if (findings.length === 0) return <Note tone="good" title={fine} role="status" />;
  return (
    <ul className="stack tight">
      {findings.map((finding) => {
        const [, colour, words] = /^(red|yellow|green): (.*)$/s.exec(finding) ?? [];
        const tone = colour === 'red' ? 'bad' : colour === 'green' ? 'good' : 'warn';
        return (
          <li key={finding}>
            <Note tone={tone}><p><span className="hidden-visually">{t(`finding.${tone}`)}: </span>{words ?? finding}</p></Note>
          </li>
        );
      })}
    </ul>
  );
}

export default function HealthPage() {
  const { t, has } = useI18n();
  const { can } = useMe();
  const status = useLoad(() => get<ServerStatus>('/v1/status'), '');
  const doctor = useLoad(() => get<Findings>('/v1/doctor'), '');
  const [checking, setChecking] = useState(false);
  const [checked, setChecked] = useState<Findings>();
  const lockName = (lock: string) => {
    const key = `lock.${lock === '' ? 'none' : lock.split(' ')[0]}`;
    return has(key) ? t(key as TextKey) : lock;
  };
  return (
    <Page title={t('page.health')} about={t('health.about')} narrow
      actions={<Button icon="refresh" busy={doctor.loading} onClick={() => { status.reload(); doctor.reload(); }}>{t('refresh')}</Button>}>
      <Await of={status} rows={2}>
        {(data) => (
          <dl className="facts card">
            <dt>{t('health.state')}</dt>
            <dd><Badge tone={data.locked ? 'bad' : 'good'}>{t(data.locked ? 'health.locked' : 'health.unlocked')}</Badge></dd>
            <dt>{t('health.version')}</dt>
            <dd className="mono">{data.version}</dd>
            <dt>{t('health.lock')}</dt>
            <dd>{lockName(data.lock)}</dd>
          </dl>
        )}
      </Await>
      <Section title={t('health.findings')}>
        <Await of={doctor}>{(data) => <FindingList findings={data.findings} fine={t('health.fine')} />}</Await>
      </Section>
      {can('store.check') && (
        <Section title={t('health.check')} actions={<Button small onClick={() => setChecking(true)}>{t('health.check.do')}</Button>}>
          <p className="muted">{t('health.check.about')}</p>
          {checked && <FindingList findings={checked.findings} fine={t('health.check.fine')} />}
        </Section>
      )}
      {checking && (
        <ActionDialog<Findings> title={t('health.check')} about={t('health.check.warn')} label={t('health.check.do')} request={() => json('POST', '/v1/fsck')}
          summary={t('health.check')} onDone={(findings) => { setChecked(findings); setChecking(false); }} onClose={() => setChecking(false)} />
      )}
    </Page>
  );
}
