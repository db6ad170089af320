// Values in plain: in memory, for half a minute, and only while somebody looks.  They go when the time is up, when the
// window loses the focus, when it is hidden, and with the page.
import { useCallback, useEffect, useMemo, useState } from 'react';

export const shownSeconds = 30;

interface Open {
  values: string[];
  until: number; // of performance.now()
  left: number; // seconds
}

export interface Shown {
  values: ReadonlyMap<string, Open>;
  show: (field: string, values: string[]) => void;
  hide: (field: string) => void;
}

export function useShown(): Shown {
  const [values, setValues] = useState<ReadonlyMap<string, Open>>(new Map());
  const hideAll = useCallback(() => setValues((old) => (old.size > 0 ? new Map() : old)), []);
  const show = useCallback((field: string, texts: string[]) => {
    const until = performance.now() + shownSeconds * 1000;
    setValues((old) => new Map(old).set(field, { values: texts, until, left: shownSeconds }));
  }, []);
  const hide = useCallback((field: string) => {
    setValues((old) => {
      const rest = new Map(old);
      rest.delete(field);
      return rest;
    });
  }, []);
  const anyOpen = values.size > 0;
  useEffect(() => {
    if (!anyOpen) return;
    const tick = () => {
      const now = performance.now();
      const rest = [...values].filter(([, open]) => open.until > now);
      setValues(new Map(rest.map(([field, open]) => [field, { ...open, left: Math.ceil((open.until - now) / 1000) }])));
    };
    const timer = setInterval(tick, 500);
    return () => clearInterval(timer);
  }, [anyOpen, values]);
  useEffect(() => {
    const look = () => document.hidden && hideAll();
    addEventListener('blur', hideAll);
    document.addEventListener('visibilitychange', look);
    addEventListener('pagehide', hideAll);
    return () => {
      removeEventListener('blur', hideAll);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('pagehide', hideAll);
    };
  }, [hideAll]);
  return useMemo(() => ({ values, show, hide }), [values, show, hide]);
}
