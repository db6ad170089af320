// Which kinds of data may be held, why, for how long, and who may gather them.
import { useState } from 'react';
import type { Catalogue, CollectionPoint, Field } from '../api/contract';
import { get } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { Badge, Button, Empty, Page, Table, Tabs, type Tone } from '../ui/parts';
import { Await } from '../ui/loaded';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { FieldDialog, PointDialog } from './catalogue_dialogs';
import { useFieldName, usePurposeName } from './field_words';

export const sensitivityTone: Record<Field['sensitivity'], Tone | undefined> = {
  public: undefined, internal: undefined, personal: 'accent', sensitive: 'bad', financial: 'warn', credential: 'bad',
};

export default function CataloguePage() {
  const { t } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const [tab, setTab] = useState<'fields' | 'points'>('fields');
  const [field, setField] = useState<Field | 'new'>();
  const [point, setPoint] = useState<CollectionPoint | 'new'>();
  const catalogue = useLoad(() => get<Catalogue>('/v1/catalogue'), '');
  const changes = can('catalogue.change');
  const done = () => { setField(undefined); setPoint(undefined); say(t('saved')); catalogue.reload(); };
  return (
    <Page title={t('page.catalogue')} about={t('catalogue.about')}
      actions={changes && (tab === 'fields'
        ? <Button look="primary" icon="plus" onClick={() => setField('new')}>{t('catalogue.add-field')}</Button>
        : <Button look="primary" icon="plus" onClick={() => setPoint('new')}>{t('catalogue.add-point')}</Button>)}>
      <Tabs label={t('page.catalogue')} value={tab} onChange={setTab}
        tabs={[{ id: 'fields', label: t('catalogue.fields') }, { id: 'points', label: t('catalogue.points') }]} />
      <Await of={catalogue} rows={8}>
        {(data) => (tab === 'fields'
          ? <Fields fields={data.fields} onEdit={changes ? setField : undefined} />
          : <Points points={data.collection_points} onEdit={changes ? setPoint : undefined} />)}
      </Await>
      {field && <FieldDialog field={field === 'new' ? undefined : field} onDone={done} onClose={() => setField(undefined)} />}
      {point && (
        <PointDialog point={point === 'new' ? undefined : point} fields={catalogue.data?.fields ?? []} onDone={done} onClose={() => setPoint(undefined)} />
      )}
    </Page>
  );
}

function Fields({ fields, onEdit }: { fields: Field[]; onEdit: ((field: Field) => void) | undefined }) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  const purposeName = usePurposeName();
  if (fields.length === 0) return <Empty icon="tag" title={t('catalogue.no-fields')}><p>{t('catalogue.no-fields.about')}</p></Empty>;
  return (
    <Table label={t('catalogue.fields')}
      columns={[t('record.field'), t('catalogue.type'), t('catalogue.sensitivity'), t('why'), t('catalogue.basis'), t('catalogue.kept'), t('catalogue.search'), ...(onEdit ? [''] : [])]}>
      {fields.map((field) => (
        <tr key={field.name}>
          <th scope="row">{fieldName(field.name)}<br /><span className="mono small muted">{field.name}</span></th>
          <td>{t(`type.${field.type}` as TextKey)}</td>
          <td><Badge tone={sensitivityTone[field.sensitivity]}>{t(`sensitivity.${field.sensitivity}` as TextKey)}</Badge></td>
          <td>{field.purposes.map(purposeName).join(', ')}</td>
          <td>{t(`basis.${field.legal_basis}` as TextKey)}</td>
          <td className="number">{field.retention_days ? t('days', { n: field.retention_days }) : t('catalogue.kept-with-customer')}</td>
          <td>
            {t(`search.${field.search ?? 'none'}` as TextKey)}
            {field.rebuilding && <span className="small muted"> {t('catalogue.rebuilding', { n: field.rebuilding.percent ?? 0 })}</span>}
          </td>
          {onEdit && <td className="actions"><Button small onClick={() => onEdit(field)} aria-label={t('edit.one', { name: fieldName(field.name) })}>{t('edit')}</Button></td>}
        </tr>
      ))}
    </Table>
  );
}

function Points({ points, onEdit }: { points: CollectionPoint[]; onEdit: ((point: CollectionPoint) => void) | undefined }) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  if (points.length === 0) return <Empty icon="tag" title={t('catalogue.no-points')}><p>{t('catalogue.no-points.about')}</p></Empty>;
  return (
    <Table label={t('catalogue.points')} columns={[t('name'), t('description'), t('catalogue.may-gather'), ...(onEdit ? [''] : [])]}>
      {points.map((point) => (
        <tr key={point.name}>
          <th scope="row" className="mono">{point.name}</th>
          <td>{point.description}</td>
          <td>{(point.fields ?? []).map(fieldName).join(', ')}</td>
          {onEdit && <td className="actions"><Button small onClick={() => onEdit(point)} aria-label={t('edit.one', { name: point.name })}>{t('edit')}</Button></td>}
        </tr>
      ))}
    </Table>
  );
}
