import { useEffect, useState } from 'react';
import type { Approval } from '../api/contract';
import { get } from '../api/http';
import { useMe } from './session';

const pollMillis = 15_000;

// How many colleagues wait for this person's answer; asked for while the page is looked at.
export function useWaitingApprovals(): number {
  const { can } = useMe();
  const [waiting, setWaiting] = useState(0);
  const decides = can('approval.decide');
  useEffect(() => {
    if (!decides) return;
    const look = () => {
      if (document.hidden) return;
      get<{ approvals: Approval[] }>('/v1/approvals').then(
        ({ approvals }) => setWaiting(approvals.filter((one) => one.may_decide).length),
        () => undefined, // the number is a courtesy; the page itself tells what is wrong
      );
    };
    look();
    const timer = setInterval(look, pollMillis);
    return () => clearInterval(timer);
  }, [decides]);
  return waiting;
}
