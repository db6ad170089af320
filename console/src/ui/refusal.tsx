// A refusal in plain words: what happened, and what to do now.  The server's own words come third, for whoever has to
// look it up.
import { type ReactNode, useEffect, useRef } from 'react';
import type { ApiProblem } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { Note } from './parts';

const families: { test: (problem: ApiProblem) => boolean; key: string }[] = [
  { test: (problem) => problem.status === 403, key: 'denied' },
  { test: (problem) => problem.status === 404, key: 'gone' },
  { test: (problem) => problem.status === 409 || problem.status === 412, key: 'conflict' },
  { test: (problem) => problem.status >= 400 && problem.status < 500, key: 'invalid' },
];

export function useRefusalWords(): (problem: ApiProblem) => { title: string; help: string } {
  const { t, has } = useI18n();
  return (problem) => {
    const own = `problem.${problem.code}`;
    const family = families.find(({ test }) => test(problem))?.key ?? 'internal';
    const key = has(own) ? own : `problem.${family}`;
    return { title: t(key as TextKey), help: t(`${key}.help` as TextKey) };
  };
}

export function Refusal({ problem, children }: { problem: ApiProblem; children?: ReactNode }) {
  const { t } = useI18n();
  const { title, help } = useRefusalWords()(problem);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Returns a promise in new browsers, which is no clean-up.
    void place.current?.scrollIntoView({ block: 'nearest' });
  }, [problem]);
  return (
    <div ref={place}>
      <Note tone={problem.status >= 500 || problem.status === 0 ? 'bad' : 'warn'} title={title} role="alert">
        <p>{help}</p>
        {children}
        <p className="fine">
          {problem.detail && <>{t('refusal.server-says', { words: problem.detail })} </>}
          <span className="mono">{problem.code}</span>
          {problem.requestId && <span className="mono"> · {problem.requestId}</span>}
        </p>
      </Note>
    </div>
  );
}
