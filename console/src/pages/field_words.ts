// A field's name as people read it: the common ones in their language, others spelled out.
import { type TextKey, useI18n } from '../i18n/i18n';

export function useFieldName(): (name: string) => string {
  const { t, has } = useI18n();
  return (name) => {
    const key = `field.${name}`;
    if (has(key)) return t(key as TextKey);
    const words = name.replaceAll('_', ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  };
}

// Purposes are the company's own words; common ones are translated.
export function usePurposeName(): (name: string) => string {
  const { t, has } = useI18n();
  return (name) => {
    const key = `purpose.${name}`;
    if (has(key)) return t(key as TextKey);
    const words = name.replaceAll(/[-_]/g, ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  };
}
