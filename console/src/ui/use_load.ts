import { useCallback, useEffect, useRef, useState } from 'react';
import { type ApiProblem, asProblem } from '../api/http';

export interface Loaded<T> {
  data: T | undefined;
  problem: ApiProblem | undefined;
  loading: boolean;
  reload: () => void;
}

// Loads when `key` changes, and again on reload(); an answer that was overtaken is dropped.  Data stays in view while it
// is loaded anew.
export function useLoad<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<{ data?: T; problem?: ApiProblem; loading: boolean }>({ loading: true });
  const newest = useRef(0);
  const latest = useRef(load);
  latest.current = load;
  const reload = useCallback(() => {
    const turn = ++newest.current;
    setState((old) => ({ ...old, loading: true }));
    latest.current().then(
      (data) => turn === newest.current && setState({ data, loading: false }),
      (thrown: unknown) => turn === newest.current && setState({ problem: asProblem(thrown), loading: false }),
    );
  }, []);
  useEffect(() => {
    setState({ loading: true });
    reload();
    return () => {
      newest.current++;
    };
  }, [key, reload]);
  return { data: state.data, problem: state.problem, loading: state.loading, reload };
}
