// One customer: every field hidden, until somebody says why they need it.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Catalogue, Disclosures, Field, MaskedCustomer, Revealed } from '../api/contract';
import { type ApiProblem, asProblem, call, get } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { readPreference } from '../shell/preferences';
import { useRouter } from '../shell/router';
import { Badge, Bones, Button, Empty, Page, Section, Table, type Tone } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { CompareDialog } from './compare_dialog';
import { useCopy } from './copy';
import { useFieldName, usePurposeName } from './field_words';
import { customerPath } from './find';
import { ShowDialog } from './show_dialog';
import { type Shown, useShown } from './shown';
import { ValueText } from './value_text';

type Compared = Record<string, 'match' | 'differs'>;
const sensitivityTones: Record<Field['sensitivity'], Tone | undefined> = {
  public: undefined, internal: undefined, personal: undefined, sensitive: 'bad', financial: 'warn', credential: 'bad',
};

export interface Granted {
  approval: string;
  target: string; // as it was agreed to, byte for byte
  body: string;
}

export function Record({ code, granted }: { code: string; granted?: Granted }) {
  const { t } = useI18n();
  const router = useRouter();
  const { can } = useMe();
  const copy = useCopy();
  const customer = useLoad(() => get<MaskedCustomer>(customerPath(code)), code);
  const catalogue = useLoad(() => get<Catalogue>('/v1/catalogue'), '');
  const shown = useShown();
  const [asking, setAsking] = useState<Field>();
  const [comparing, setComparing] = useState<Field>();
  const [compared, setCompared] = useState<Compared>({});
  const [refused, setRefused] = useState<ApiProblem>();
  const { show } = shown;
  const spent = useRef(false);
  useEffect(() => {
    if (!granted || spent.current) return;
    spent.current = true;
    const request = { method: 'POST', target: granted.target, body: granted.body, headers: { 'X-Approval': granted.approval } } as const;
    call<Revealed>(request).then(
      ({ values }) => Object.entries(values).forEach(([name, value]) => show(name, Array.isArray(value) ? value : [value])),
      (thrown: unknown) => setRefused(asProblem(thrown)),
    );
  }, [granted, show]);
  const fields = new Map(catalogue.data?.fields.map((field) => [field.name, field]));

  const problem = customer.problem ?? catalogue.problem;
  const back = { label: t('record.back'), go: router.back };
  if (problem) {
    return <Page title={t('record.title')} back={back}><Refusal problem={problem} /></Page>;
  }
  if (!customer.data || !catalogue.data) return <Page title={t('record.title')} back={back}><Bones rows={8} /></Page>;
  const { data } = customer;
  const names = Object.keys(data.values);
  const shownCode = data.code;

  return (
    <Page title={t('record.title')} back={back}
      heading={
        <span className="row wrap">
          <span className="hidden-visually">{t('record.title')} </span>
          <span className="record-code">{shownCode}</span>
          {data.tier > 0 && <Badge tone="accent" icon="shield">{t('vip')}</Badge>}
        </span>
      }
      actions={
        <>
          <Button small icon="copy" onClick={() => copy(shownCode, false)}>{t('record.copy-code')}</Button>
          {can('audit.read') && <Button small icon="list" onClick={() => router.go('log', { customer: shownCode })}>{t('record.log')}</Button>}
        </>
      }>
      {refused && <Refusal problem={refused} />}
      {names.length === 0 ? <Empty icon="eye-off" title={t('record.nothing')}><p>{t('record.nothing.about')}</p></Empty> : (
        <FieldRows names={names} fields={fields} customer={data} shown={shown} compared={compared} onShow={setAsking} onCompare={setComparing} />
      )}
      <p className="small muted">{t('record.recorded')}</p>
      {can('disclosure.read') && <DisclosureList code={shownCode} />}
      {asking && (
        <ShowDialog field={asking} path={customerPath(code)} onClose={() => setAsking(undefined)}
          onShown={(values) => { shown.show(asking.name, values); setAsking(undefined); }} />
      )}
      {comparing && (
        <CompareDialog field={comparing} path={customerPath(code)} onClose={() => setComparing(undefined)}
          onResult={(match) => setCompared((old) => ({ ...old, [comparing.name]: match ? 'match' : 'differs' }))} />
      )}
    </Page>
  );
}

interface RowsProps {
  names: string[];
  fields: Map<string, Field>;
  customer: MaskedCustomer;
  shown: Shown;
  compared: Compared;
  onShow: (field: Field) => void;
  onCompare: (field: Field) => void;
}

function FieldRows(props: RowsProps) {
  const { t } = useI18n();
  const fieldOfFocus = () => props.fields.get(document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset.field ?? props.names[0] ?? '');
  const { onShow, onCompare } = props;
  const keys = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const rows = [...document.querySelectorAll<HTMLElement>('[data-field]')];
    const at = rows.findIndex((row) => row.contains(document.activeElement));
    const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.querySelector('button')?.focus();
  };
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      const busy = event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]');
      if (busy || (event.target instanceof HTMLElement && event.target.matches('input, textarea, select'))) return;
      if (readPreference('shortcuts') === 'off') return;
      const field = fieldOfFocus();
      if (!field) return;
      if (event.key === 's') onShow(field);
      else if (event.key === 'c') onCompare(field);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  });
  return (
    <div onKeyDown={keys}>
      <Table label={t('record.fields')} columns={[t('record.field'), t('record.value'), '']}>
        {props.names.map((name) => <FieldRow key={name} name={name} {...props} />)}
      </Table>
    </div>
  );
}

function FieldRow({ name, fields, customer, shown, compared, onShow, onCompare }: RowsProps & { name: string }) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  const copy = useCopy();
  const field = fields.get(name);
  const value = customer.values[name];
  const open = shown.values.get(name);
  const label = fieldName(name);
  if (!value) return null;
  const isPlain = !Array.isArray(value) && 'plain' in value;
  const outcome = compared[name];
  return (
    <tr data-field={name} className={open ? 'open' : undefined}>
      <th scope="row">
        <span className="row wrap">
          {label}
          {field && sensitivityTones[field.sensitivity] && (
            <Badge tone={sensitivityTones[field.sensitivity]}>{t(`sensitivity.${field.sensitivity}` as TextKey)}</Badge>
          )}
        </span>
      </th>
      <td>
        {open ? (
          <div className="shown">
            {open.values.map((text, at) => (
              <span key={at} className="shown-value">
                <span>{text}</span>
                <Button look="quiet" small icon="copy" aria-label={t('copy.value', { field: label })} title={t('copy')} onClick={() => copy(text, true)} />
              </span>
            ))}
          </div>
        ) : <ValueText value={value} />}
        {outcome && (
          <Badge tone={outcome === 'match' ? 'good' : 'bad'} icon={outcome === 'match' ? 'check' : 'cross'}>
            {t(outcome === 'match' ? 'compare.match' : 'compare.differs')}
          </Badge>
        )}
      </td>
      <td className="actions">
        {open ? (
          <Button small icon="eye-off" onClick={() => shown.hide(name)}>
            {t('hide')}<span className="countdown number" aria-hidden="true">{t('seconds', { n: open.left })}</span>
          </Button>
        ) : !isPlain && field && (
          <>
            <Button small icon="eye" aria-label={t('show.field', { field: label })} onClick={() => onShow(field)}>{t('show')}</Button>{' '}
            <Button look="quiet" small icon="compare" aria-label={t('compare.field', { field: label })} onClick={() => onCompare(field)}>{t('compare')}</Button>
          </>
        )}
      </td>
    </tr>
  );
}

function DisclosureList({ code }: { code: string }) {
  const { t, time } = useI18n();
  const fieldName = useFieldName();
  const purposeName = usePurposeName();
  const list = useLoad(() => get<Disclosures>(`${customerPath(code)}/disclosures`), code);
  return (
    <Section title={t('disclosures.title')}>
      {list.problem && <Refusal problem={list.problem} />}
      {list.data && list.data.disclosures.length === 0 && <p className="muted">{t('disclosures.none')}</p>}
      {list.data && list.data.disclosures.length > 0 && (
        <Table label={t('disclosures.title')} columns={[t('time'), t('disclosures.recipient'), t('why'), t('record.fields')]}>
          {list.data.disclosures.map((one, at) => (
            <tr key={at}>
              <td className="number">{time(one.time)}</td>
              <td>{one.recipient}</td>
              <td>{purposeName(one.purpose)}</td>
              <td>{one.fields.map(fieldName).join(', ')}</td>
            </tr>
          ))}
        </Table>
      )}
    </Section>
  );
}
