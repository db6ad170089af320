// What the API answers, for the calls that the console makes and whose schemas are not yet in the OpenAPI document; the
// rest comes from schema.d.ts, which `npm run types` generates from it.
import type { components } from './schema';

type Schemas = components['schemas'];
export type Field = Schemas['Field'];
export type CollectionPoint = Schemas['CollectionPoint'];
export type Catalogue = Schemas['Catalogue'];
export type MaskedCustomer = Schemas['MaskedCustomer'];
export type MaskedValue = Schemas['MaskedValue'];
export type MaskedCustomers = Schemas['MaskedCustomers'];
export type Revealed = Schemas['Revealed'];
export type Match = Schemas['Match'];
export type Disclosures = Schemas['Disclosures'];
export type Policy = Schemas['Policy'];
export type PolicyQuestion = Schemas['ExplainPolicy'];
export type PolicyExplanation = Schemas['PolicyExplanation'];
export type Logs = Schemas['Logs'];
export type LogEntry = Schemas['LogEntry'];
export type LogEntries = Schemas['LogEntries'];
export type ServerStatus = Schemas['Status'];
export type Findings = Schemas['Findings'];
export type PaperBox = Schemas['PaperBox'];
export type PaperPageBox = Schemas['PaperPageBox'];
export type PaperFind = Schemas['PaperFind'];
export type PaperPage = Schemas['PaperPage'];
export type LookedAtPaper = Schemas['LookedAtPaper'];
export type RedactedPaper = Schemas['RedactedPaper'];

export interface Overdue {
  register: string;
  kind: Register['kind'];
  version: string; // to be done or signed
}

export interface SessionInfo {
  me: { id: string; name: string; display_name: string; roles: string[]; language: string; purposes: string[] };
  second_factor_age_seconds: number | null;
  expires_in_seconds: number;
  may: string[];
  overdue: Overdue[];
}

export type FactorKind = 'totp' | 'passkey' | 'sms' | 'recovery';

// How a sign-in goes on.
export interface SignInStep {
  transaction?: string;
  next: 'factor' | 'question' | 'done';
  factors?: FactorKind[];
  question?: string;
  session_id?: string;
  proof_public?: string;
}

export type Person = Schemas['Person']; // as a colleague sees them
export type Approval = Schemas['Approval'];
export type PersonsBudgets = Schemas['PersonsBudgets'];

export type StaffMember = Schemas['StaffMember'];
export type StaffState = StaffMember['state'];
export type InvitedStaff = Schemas['InvitedStaff'];

export interface Register {
  name: string;
  kind: 'training' | 'agreement' | 'acceptable-use';
  needed: boolean; // whoever is behind sees less
  version: string; // what is asked for now
  valid_days?: number;
  versions: { version: string; due_from: string; reference: string }[];
}

export interface Registers {
  registers: Register[];
  behind: { id: string; name: string; due: { register: string; version: string; overdue: boolean; due: string }[] }[];
}

export interface SessionEntry {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  ends_at: string;
  factor: string;
  address: string;
  device: string;
}

export interface Device {
  id: string;
  label: string;
  person: Person;
  state: 'requested' | 'active' | 'expired' | 'revoked' | 'person-inactive';
  healthy: boolean;
  requested_at: string;
  enrolled_at?: string;
  expires_at?: string;
  revoked_at?: string;
  posture?: { at: string; disk_encrypted: boolean; protection_current: boolean; os: string };
}

export interface SignedReview {
  id: string;
  at: string;
  by: Person;
  sees_everything: number;
}

export interface AccessReview {
  as_of: string;
  policy: string;
  ceiling: number;
  sees_everything: number;
  unused_after_days: number;
  due_at: string;
  last_signed?: SignedReview;
  people: {
    id: string;
    name: string;
    kind: string;
    state: string; // of staff; "key" for an API key
    roles: string[];
    sees: Record<string, Record<string, 'masked' | 'with_colleague' | 'alone'>>;
    sensitivities: string[]; // in clear
    sees_everything: boolean;
    last_used_at?: string;
    unused_days: number;
    unused: boolean;
    uses: Record<string, string>;
  }[];
}

export interface ScoreCheck {
  id: string;
  points: number;
  of: number;
  what: string;
  why: string;
  how: string;
  link: string;
  names: string[];
}

export interface Score {
  score: number;
  next: ScoreCheck[];
  checks: ScoreCheck[];
}

export interface AccessSettings {
  time_zone: string;
  networks: Record<string, string[]>; // by role
  origin: string; // where browsers find us; empty: passkeys on localhost alone
  session_idle_minutes: number;
  session_longest_minutes: number;
  question_on_new_place: boolean;
  allow_sms: boolean;
  most_who_see_everything: number;
  review_interval_days: number;
  posture_hours: number;
  passkey_counts_as_device: boolean;
  unused_days: number;
  etag: string;
}

// How one signs in.
export interface Account {
  id: string;
  name: string;
  display_name: string;
  email?: string;
  phone?: string;
  language: string;
  password_set_at?: string;
  totp: boolean;
  phone_confirmed: boolean;
  question?: string;
  recovery_codes_left: number;
  passkeys: { id: string; label: string; added_at: string; backed_up: boolean }[];
}
