// What needs more than being signed in: a request that the server answers with "confirm it's you" or "ask a colleague"
// is held here, word for word, until that is done, and then sent again.  The caller just waits for its promise.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { type ApiRequest, asProblem, call } from '../api/http';
import { AskColleague } from './ask_colleague';
import { ConfirmYou } from './confirm_you';

// The person closed the dialog: nothing failed, nothing happened.
export class GivenUp extends Error {}

// What the request carries in addition when it is sent again.
type Outcome = Record<string, string>;

interface Held {
  kind: 'confirm' | 'ask';
  again: 'factor' | 'password';
  request: ApiRequest;
  summary: string;
  settle: (outcome: Outcome | undefined) => void;
}

// `summary`: what it is about, in words for a colleague and without a value: "Show date_of_birth".
type Attempt = <T>(request: ApiRequest, summary: string) => Promise<T>;
const GuardContext = createContext<Attempt | undefined>(undefined);

export function useAttempt(): Attempt {
  const attempt = useContext(GuardContext);
  if (!attempt) throw new Error('outside of the guard');
  return attempt;
}

const stepUps: Record<string, Held['again']> = { 'step-up-needed': 'factor', 'reauthentication-needed': 'password' };

export function GuardProvider({ children }: { children: ReactNode }) {
  const [held, setHeld] = useState<Held>();
  const waiting = useRef(false);
  const hold = useCallback(
    (kind: Held['kind'], again: Held['again'], request: ApiRequest, summary: string) =>
      new Promise<Outcome | undefined>((settle) => {
        waiting.current = true;
        setHeld({ kind, again, request, summary, settle });
      }).finally(() => {
        waiting.current = false;
        setHeld(undefined);
      }),
    [],
  );
  const attempt = useCallback<Attempt>(
    async (request, summary) => {
      let current = request;
      // Confirming may lead to asking, and the other way round; whatever is asked a third time is told as a refusal.
      for (let round = 0; ; ++round) {
        try {
          return await call(current);
        } catch (thrown) {
          const problem = asProblem(thrown);
          const again = stepUps[problem.code];
          const kind = again ? 'confirm' : problem.code === 'approval-needed' ? 'ask' : undefined;
          if (!kind || round === 2 || waiting.current) throw problem;
          const outcome = await hold(kind, again ?? 'factor', current, summary);
          if (!outcome) throw new GivenUp();
          current = { ...current, headers: { ...current.headers, ...outcome } };
        }
      }
    },
    [hold],
  );
  const value = useMemo(() => attempt, [attempt]);
  return (
    <GuardContext.Provider value={value}>
      {children}
      {held?.kind === 'confirm' && (
        <ConfirmYou again={held.again} onDone={() => held.settle({})} onGiveUp={() => held.settle(undefined)} />
      )}
      {held?.kind === 'ask' && (
        <AskColleague request={held.request} summary={held.summary} onGo={(headers) => held.settle(headers)}
          onGiveUp={() => held.settle(undefined)} />
      )}
    </GuardContext.Provider>
  );
}
