// What somebody typed into the one search box, and where to look for it.
import type { Field } from '../api/contract';

export interface Try {
  field: string;
  match: 'exact' | 'prefix' | 'like' | 'same'; // same: a range from the value to itself
}

export const bodyOf = (value: string, { field, match }: Try) => {
  if (match === 'like') return { field, like: value };
  return match === 'same' ? { field, from: value.trim(), to: value.trim() } : { field, value, match };
};

// Somebody fits who fits one of the `tries` of each step: "Anna Berg" is Anna in some field and Berg in some field.
export interface Step {
  value: string;
  tries: Try[];
}

export type Plan = { kind: 'code'; code: string } | { kind: 'search'; ways: Step[][] } | { kind: 'nothing' };

// Fourteen characters of Crockford's base32, hyphens and spaces as people write them; the server checks the last one.
const codeShape = /^[0-9A-HJKMNP-TV-Zilo]{14}$/i;
const phoneShape = /^\+?[\d\s()./-]{6,}$/;

export const readsAsCode = (text: string) => codeShape.test(text.replace(/[\s-]/g, '')) && /\d/.test(text);

function kindsFor(text: string): Field['type'][] {
  if (text.includes('@')) return ['email'];
  if (phoneShape.test(text)) return ['phone', 'national_id', 'number', 'date', 'date_of_birth', 'bank_account', 'card'];
  if (/^-?\d+(\.\d+)?$/.test(text)) return ['number', 'national_id', 'postal_address', 'text', 'person_name', 'bank_account'];
  return /\d/.test(text) ? ['national_id', 'postal_address', 'text', 'person_name', 'bank_account'] : ['person_name', 'text'];
}

const matches = { exact: 'exact', prefix: 'prefix', fuzzy: 'like', range: 'same' } as const;
const tryOf = (field: Field): Try => ({ field: field.name, match: field.search && field.search !== 'none' ? matches[field.search] : 'exact' });
export const isSearchable = (field: Field) => (field.search ?? 'none') !== 'none';
// A range takes what is a value of its type alone.
const takes = (field: Field, text: string) =>
  field.search !== 'range' || (field.type === 'number' ? /^-?\d+(\.\d+)?$/ : /^\d{4}-\d{2}-\d{2}$/).test(text);
const mostWords = 4; // each is a request for each field that holds names

// Each way is tried in turn until somebody is found.
function waysOf(text: string, fields: Field[]): Step[][] {
  const whole = [{ value: text, tries: fields.map(tryOf) }];
  const names = fields.filter((field) => field.type === 'person_name').map(tryOf);
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  if (names.length < 2 || words.length < 2 || words.length > mostWords) return [whole];
  return [words.map((value) => ({ value, tries: names })), whole];
}

export function planOf(text: string, where: string, fields: Field[]): Plan {
  const wanted = text.trim();
  if (wanted === '') return { kind: 'nothing' };
  const searchable = fields.filter(isSearchable);
  const chosen = searchable.filter((field) => field.name === where);
  if (where !== '') return { kind: 'search', ways: [[{ value: wanted, tries: chosen.map(tryOf) }]] };
  if (readsAsCode(wanted)) return { kind: 'code', code: wanted };
  const kinds = kindsFor(wanted);
  const fitting = searchable.filter((field) => kinds.includes(field.type) && takes(field, wanted));
  return fitting.length > 0 ? { kind: 'search', ways: waysOf(wanted, fitting) } : { kind: 'nothing' };
}
