import { useState } from 'react';
import type { CollectionPoint, Field } from '../api/contract';
import { json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { ActionDialog } from '../ui/action_form';
import { Checks, Select, TextArea, TextField } from '../ui/parts';
import { useFieldName } from './field_words';

const types: Field['type'][] = [
  'text', 'person_name', 'email', 'phone', 'date', 'date_of_birth', 'postal_address', 'national_id', 'card', 'bank_account',
  'number', 'boolean', 'json', 'password', 'file',
];
export const sensitivities: Field['sensitivity'][] = ['public', 'internal', 'personal', 'sensitive', 'financial', 'credential'];
const bases: Field['legal_basis'][] = ['consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task', 'legitimate_interests'];
const searches = ['none', 'exact', 'prefix', 'range', 'fuzzy'] as const;
const bounds = ['min', 'max', 'step'] as const;

const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');
const fresh: Field = { name: '', type: 'text', sensitivity: 'personal', purposes: [], legal_basis: 'contract', search: 'none', mask: 'standard' };

export function FieldDialog({ field, onDone, onClose }: { field: Field | undefined; onDone: () => void; onClose: () => void }) {
  const { t } = useI18n();
  const [draft, setDraft] = useState(field ?? fresh);
  const [purposes, setPurposes] = useState(draft.purposes.join(', '));
  const search = draft.search ?? 'none';
  // Bounds go with a range alone, and empty ones are the server's to choose.
  const range = Object.fromEntries(Object.entries(draft.range ?? {}).filter(([, value]) => value !== ''));
  const { range: _, ...others } = draft;
  const sent = { ...others, ...(search === 'range' && Object.keys(range).length > 0 ? { range } : {}), purposes: words(purposes) };
  const set = <K extends keyof Field>(key: K, value: Field[K]) => setDraft((old) => ({ ...old, [key]: value }));
  const options = (all: readonly string[], prefix: string) => all.map((value) => ({ value, label: t(`${prefix}.${value}` as TextKey) }));
  return (
    <ActionDialog title={t(field ? 'catalogue.edit-field' : 'catalogue.add-field')} about={t('catalogue.field.about')} label={t('save')} large
      request={() => json('PUT', `/v1/catalogue/fields/${encodeURIComponent(draft.name)}`, sent)}
      summary={t('catalogue.field.summary', { name: draft.name })} onDone={onDone} onClose={onClose}>
      <div className="form-grid">
        <TextField label={t('catalogue.field-name')} hint={t('catalogue.field-name.hint')} required pattern="[a-z][a-z0-9_]{0,47}" readOnly={!!field}
          className="mono" value={draft.name} onChange={(event) => set('name', event.target.value)} />
        <Select label={t('catalogue.type')} options={options(types, 'type')} value={draft.type} disabled={!!field}
          onChange={(event) => set('type', event.target.value as Field['type'])} />
        <Select label={t('catalogue.sensitivity')} options={options(sensitivities, 'sensitivity')} value={draft.sensitivity}
          onChange={(event) => set('sensitivity', event.target.value as Field['sensitivity'])} />
        <Select label={t('catalogue.basis')} options={options(bases, 'basis')} value={draft.legal_basis}
          onChange={(event) => set('legal_basis', event.target.value as Field['legal_basis'])} />
        <Select label={t('catalogue.search')} hint={t(`search-leak.${search}`)} options={options(searches, 'search')} value={search}
          onChange={(event) => set('search', event.target.value as NonNullable<Field['search']>)} />
        <TextField label={t('catalogue.days')} hint={t('catalogue.days.hint')} type="number" min={0} value={draft.retention_days ?? 0}
          onChange={(event) => set('retention_days', event.target.valueAsNumber || 0)} />
      </div>
      {search === 'range' && (
        <div className="form-grid">
          {bounds.map((bound) => (
            <TextField key={bound} label={t(`range-bound.${bound}`)} hint={bound === 'step' ? t('catalogue.range-step.hint') : undefined} required={draft.type === 'number'}
              value={draft.range?.[bound] ?? ''} onChange={(event) => set('range', { ...draft.range, [bound]: event.target.value })} />
          ))}
        </div>
      )}
      <TextField label={t('catalogue.purposes')} hint={t('catalogue.purposes.hint')} required value={purposes} onChange={(event) => setPurposes(event.target.value)} />
      <label className="check">
        <input type="checkbox" checked={draft.repeated ?? false} disabled={!!field} onChange={(event) => set('repeated', event.target.checked)} />
        {t('catalogue.repeated')}
      </label>
    </ActionDialog>
  );
}

export function PointDialog({ point, fields, onDone, onClose }: {
  point: CollectionPoint | undefined; fields: Field[]; onDone: () => void; onClose: () => void;
}) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  const [name, setName] = useState(point?.name ?? '');
  const [description, setDescription] = useState(point?.description ?? '');
  const [gathers, setGathers] = useState(point?.fields ?? []);
  return (
    <ActionDialog title={t(point ? 'catalogue.edit-point' : 'catalogue.add-point')} about={t('catalogue.point.about')} label={t('save')} large
      request={() => json('PUT', `/v1/catalogue/collection-points/${encodeURIComponent(name)}`, { name, description, fields: gathers })}
      summary={t('catalogue.point.summary', { name })} onDone={onDone} onClose={onClose}>
      <TextField label={t('name')} hint={t('catalogue.point-name.hint')} className="mono" required pattern="[a-z][a-z0-9\-]{0,47}" readOnly={!!point}
        value={name} onChange={(event) => setName(event.target.value)} />
      <TextArea label={t('description')} rows={2} value={description} onChange={(event) => setDescription(event.target.value)} />
      <Checks legend={t('catalogue.may-gather')} options={fields.map((field) => ({ value: field.name, label: fieldName(field.name) }))} value={gathers} onChange={setGathers} />
    </ActionDialog>
  );
}
