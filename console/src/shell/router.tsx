// Which page is open.  The address names the page and nothing more: what a page was opened for (a customer, a member of
// staff) stays in memory, so that neither history nor bookmarks nor a shared screen hold it.
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { type PageId, isPage } from './pages';

interface Place {
  page: PageId;
  memo: unknown;
  visit: number; // another one each time a page is opened, the same page too: it is then loaded anew
}

interface Router extends Place {
  go: (page: PageId, memo?: unknown) => void;
  // Changes what the open page is remembered for: what going back leads to.
  remember: (memo: unknown) => void;
  back: () => void;
}

const RouterContext = createContext<Router | undefined>(undefined);
const memos = new Map<number, unknown>();
let visits = 0;
let lastMemo = Date.now(); // marks of an earlier load of this page lead nowhere

export const addressOf = (page: PageId) => `/console/${page === 'find' ? '' : page}`;

function placeNow(): Place {
  const name = location.pathname.replace(/^\/console\/?/, '') || 'find';
  const mark: unknown = history.state;
  return { page: isPage(name) ? name : 'nowhere', memo: typeof mark === 'number' ? memos.get(mark) : undefined, visit: ++visits };
}

// Once signed out nothing of what was open may be reached by going back.
export function forgetPlaces(): void {
  memos.clear();
}

export function RouterProvider({ children }: { children: ReactNode }) {
  const [place, setPlace] = useState(placeNow);
  useEffect(() => {
    const follow = () => setPlace(placeNow());
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  const go = useCallback((page: PageId, memo?: unknown) => {
    const mark = ++lastMemo;
    if (memo !== undefined) memos.set(mark, memo);
    history.pushState(mark, '', addressOf(page));
    setPlace({ page, memo, visit: ++visits });
    scrollTo(0, 0);
  }, []);
  const remember = useCallback((memo: unknown) => {
    const mark = ++lastMemo;
    memos.set(mark, memo);
    history.replaceState(mark, '');
  }, []);
  const router = useMemo(() => ({ ...place, go, remember, back: () => history.back() }), [place, go, remember]);
  return <RouterContext.Provider value={router}>{children}</RouterContext.Provider>;
}

export function useRouter(): Router {
  const router = useContext(RouterContext);
  if (!router) throw new Error('outside of the router');
  return router;
}
