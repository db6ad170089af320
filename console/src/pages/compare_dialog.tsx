// Compare what a caller says.  The answer is yes or no; nothing is shown, and what was typed is not kept.
import { useState } from 'react';
import type { Field, Match } from '../api/contract';
import { type ApiProblem, asProblem, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { GivenUp, useAttempt } from '../session/guard';
import { Icon } from '../ui/icon';
import { Button, Dialog, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useFieldName } from './field_words';
import { usePurposeChoices } from './show_dialog';

export function CompareDialog({ field, path, onResult, onClose }: {
  field: Field; path: string; onResult: (match: boolean) => void; onClose: () => void;
}) {
  const { t } = useI18n();
  const attempt = useAttempt();
  const name = useFieldName()(field.name);
  const purpose = usePurposeChoices(field)[0]?.value;
  const [text, setText] = useState('');
  const [result, setResult] = useState<boolean>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();

  const compare = async () => {
    setBusy(true);
    setProblem(undefined);
    setResult(undefined);
    try {
      const body = { field: field.name, value: text, ...(purpose ? { purpose } : {}) };
      const { match } = await attempt<Match>(json('POST', `${path}/compare`, body), t('compare.summary', { field: name }));
      setResult(match);
      onResult(match);
      setText('');
    } catch (thrown) {
      if (!(thrown instanceof GivenUp)) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={t('compare.title', { field: name })} onClose={onClose}>
      <p className="muted">{t('compare.about')}</p>
      <form className="stack" onSubmit={(event) => { event.preventDefault(); void compare(); }}>
        <TextField label={t('compare.says')} required autoFocus value={text} autoCorrect="off"
          onChange={(event) => { setText(event.target.value); setResult(undefined); }} />
        <div role="status">
          {result !== undefined && (
            <p className={`verdict ${result ? 'good' : 'bad'}`}>
              <Icon name={result ? 'check' : 'cross'} size={20} />
              {t(result ? 'compare.match.long' : 'compare.differs.long')}
            </p>
          )}
        </div>
        {problem && <Refusal problem={problem} />}
        <div className="dialog-foot">
          <Button onClick={onClose}>{t(result === undefined ? 'cancel' : 'close')}</Button>
          <Button look="primary" type="submit" icon="compare" busy={busy}>{t('compare')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
