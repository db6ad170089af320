// Copies, and clears the clipboard after half a minute if the browser lets us; a page without the focus may not touch the
// clipboard, so then as soon as it has the focus again.
import { useCallback } from 'react';
import { useI18n } from '../i18n/i18n';
import { useToast } from '../ui/toasts';

const keptMillis = 30_000;
let clearing: ReturnType<typeof setTimeout> | undefined;

function clearClipboard(): void {
  const clear = () => void navigator.clipboard.writeText('').catch(() => undefined);
  if (document.hasFocus()) clear();
  else addEventListener('focus', clear, { once: true });
}

// `secret`: of a customer; anything else may stay.
export function useCopy(): (text: string, secret: boolean) => void {
  const { t } = useI18n();
  const say = useToast();
  return useCallback(
    (text, secret) => {
      clearTimeout(clearing);
      navigator.clipboard.writeText(text).then(
        () => {
          if (secret) clearing = setTimeout(clearClipboard, keptMillis);
          say(t(secret ? 'copied.secret' : 'copied'), 'copy');
        },
        () => say(t('copy.failed'), 'warn'),
      );
    },
    [say, t],
  );
}
