// "Why do you need this?"  The reason is recorded before the value leaves the server.
import { useState } from 'react';
import type { Field, Revealed } from '../api/contract';
import { type ApiProblem, asProblem, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { GivenUp, useAttempt } from '../session/guard';
import { useMe } from '../session/session';
import { Button, Choices, Dialog, Note, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { caseIsFine } from './case_number';
import { useFieldName, usePurposeName } from './field_words';
import { shownSeconds } from './shown';

export function usePurposeChoices(field: Field): { value: string; label: string }[] {
  const { me } = useMe();
  const purposeName = usePurposeName();
  const mine = new Set(me.purposes);
  const all = mine.has('*') ? field.purposes : field.purposes.filter((purpose) => mine.has(purpose));
  return all.map((value) => ({ value, label: purposeName(value) }));
}

export function ShowDialog({ field, path, onShown, onClose }: {
  field: Field; path: string; onShown: (values: string[]) => void; onClose: () => void;
}) {
  const { t } = useI18n();
  const attempt = useAttempt();
  const name = useFieldName()(field.name);
  const purposes = usePurposeChoices(field);
  const [purpose, setPurpose] = useState(purposes.length === 1 ? (purposes[0]?.value ?? '') : '');
  const [reference, setReference] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const caseFault = caseIsFine(reference) ? undefined : t('show.case.fault');

  const show = async () => {
    if (caseFault) return;
    setBusy(true);
    setProblem(undefined);
    try {
      const request = json('POST', `${path}/reveal`, { fields: [field.name], purpose });
      if (reference !== '') request.headers = { 'X-Case': reference };
      const { values } = await attempt<Revealed>(request, t('show.summary', { field: name }));
      const found = values[field.name];
      onShown(found === undefined ? [t('value.none')] : Array.isArray(found) ? found : [found]);
    } catch (thrown) {
      if (!(thrown instanceof GivenUp)) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('show.title')} onClose={onClose}>
      <p className="muted">{t('show.about', { field: name, n: shownSeconds })}</p>
      {purposes.length === 0 ? (
        <>
          <Note tone="warn" title={t('show.no-purpose')}><p>{t('show.no-purpose.about')}</p></Note>
          <div className="dialog-foot"><Button look="primary" onClick={onClose}>{t('close')}</Button></div>
        </>
      ) : (
        <form className="stack" onSubmit={(event) => { event.preventDefault(); if (purpose !== '') void show(); }}>
          <Choices legend={t('show.reasons')} name="purpose" options={purposes} value={purpose} onChange={setPurpose} />
          <TextField label={t('show.case')} hint={t('show.case.hint')} fault={caseFault} value={reference} maxLength={40}
            onChange={(event) => setReference(event.target.value.trim())} />
          {problem && <Refusal problem={problem} />}
          <div className="dialog-foot">
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button look="primary" type="submit" icon="eye" busy={busy} aria-disabled={purpose === '' || undefined}>{t('show')}</Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
