// Short words about what just happened, shown and read aloud.  Never a value.
import { createContext, type ReactNode, useCallback, useContext, useState } from 'react';
import { Icon, type IconName } from './icon';

const shownMillis = 6000;
const ToastContext = createContext<(text: string, icon?: IconName) => void>(() => undefined);
export const useToast = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ReactNode }) {
  const [toasts, setToasts] = useState<{ id: number; text: string; icon: IconName }[]>([]);
  const say = useCallback((text: string, icon: IconName = 'check') => {
    const id = performance.now();
    setToasts((old) => [...old.slice(-2), { id, text, icon }]);
    setTimeout(() => setToasts((old) => old.filter((toast) => toast.id !== id)), shownMillis);
  }, []);
  return (
    <ToastContext.Provider value={say}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className="toast">
            <Icon name={toast.icon} />
            {toast.text}
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}
