import type { MaskedCustomer, MaskedValue } from '../api/contract';
import { useI18n } from '../i18n/i18n';

// A hidden value: what the mask leaves, with the dots set back, and read aloud as hidden.
export function ValueText({ value }: { value: MaskedCustomer['values'][string] }) {
  const { t } = useI18n();
  const all: MaskedValue[] = Array.isArray(value) ? value : [value];
  return (
    <span className="value">
      {all.map((one, at) =>
        'plain' in one ? <span key={at}>{one.plain}</span> : (
          <span key={at} className="masked">
            <span className="hidden-visually">{t('hidden')} </span>
            {one.masked}
          </span>
        ),
      )}
    </span>
  );
}
