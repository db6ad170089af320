import type { ReactNode } from 'react';
import { useI18n } from '../i18n/i18n';
import { Bones, Button } from './parts';
import { Refusal } from './refusal';
import type { Loaded } from './use_load';

// The three states of what is loaded; `children` draws the good one.
export function Await<T>({ of, children, rows }: { of: Loaded<T>; children: (data: T) => ReactNode; rows?: number }) {
  const { t } = useI18n();
  if (of.problem && of.data === undefined) {
    return <Refusal problem={of.problem}><p><Button small icon="refresh" onClick={of.reload}>{t('again')}</Button></p></Refusal>;
  }
  return of.data === undefined ? <Bones rows={rows ?? 5} /> : <>{children(of.data)}</>;
}
