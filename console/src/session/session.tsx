// Who is signed in, and what they may do.  The server decides every time; what is known here only decides what is
// offered.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { type ApiProblem, asProblem, call, forgetSessionKey, get, hasSessionKey, json, loadSessionKey, whenSessionEnds } from '../api/http';
import type { SessionInfo } from '../api/contract';
import { isLanguage, useI18n } from '../i18n/i18n';
import { readPreference } from '../shell/preferences';
import { forgetPlaces } from '../shell/router';

type State =
  | { kind: 'loading' }
  | { kind: 'out'; ended: boolean; problem?: ApiProblem }
  | { kind: 'locked' }
  | { kind: 'broken'; problem: ApiProblem }
  | { kind: 'in'; info: SessionInfo };

interface Session {
  state: State;
  refresh: () => Promise<void>;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<Session | undefined>(undefined);

const notSignedIn = new Set(['credential-missing', 'credential-invalid', 'session-ended', 'session-unproved', 'route-not-found']);

export function SessionProvider({ children }: { children: ReactNode }) {
  const { setLanguage } = useI18n();
  const [state, setState] = useState<State>({ kind: 'loading' });
  const leave = useCallback((ended: boolean) => {
    forgetPlaces();
    void forgetSessionKey();
    setState((old) => (old.kind === 'in' || !ended ? { kind: 'out', ended } : old));
  }, []);
  const refresh = useCallback(async () => {
    const hadKey = hasSessionKey();
    try {
      const info = await get<SessionInfo>('/v1/session');
      if (readPreference('language') === null && isLanguage(info.me.language)) setLanguage(info.me.language);
      setState({ kind: 'in', info });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'server-locked') setState({ kind: 'locked' });
      // Just signed in, and yet not believed: the proof carries the time of this computer.
      else if (problem.code === 'session-unproved' && hadKey) setState({ kind: 'out', ended: false, problem });
      else if (notSignedIn.has(problem.code)) setState((old) => (old.kind === 'out' ? old : { kind: 'out', ended: old.kind === 'in' }));
      else setState({ kind: 'broken', problem });
    }
  }, [setLanguage]);
  const signOut = useCallback(async () => {
    await call(json('DELETE', '/v1/session')).catch(() => undefined);
    leave(false);
  }, [leave]);
  useEffect(() => {
    whenSessionEnds(() => leave(true));
    void loadSessionKey().then(refresh);
  }, [leave, refresh]);
  const session = useMemo(() => ({ state, refresh, signOut }), [state, refresh, signOut]);
  return <SessionContext.Provider value={session}>{children}</SessionContext.Provider>;
}

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('outside of the session');
  return session;
}

// Of pages, which only signed-in people see.
export function useMe(): SessionInfo & { can: (action: string) => boolean } {
  const { state } = useSession();
  if (state.kind !== 'in') throw new Error('nobody is signed in');
  const { info } = state;
  return useMemo(() => ({ ...info, can: (action: string) => info.may.includes(action) }), [info]);
}
