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

export interface Overdue {
  register: string;
  version?: string; // to be done or signed; absent when there is none yet
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
  version: string;
  valid_days?: number;
  needed: boolean;
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
  enrolled_at: string;
  expires_at: string;
  revoked_at?: string;
  posture?: { at: string; disk_encrypted: boolean; protection_current: boolean };
}

export interface AccessReview {
  people: {
    id: string;
    name: string;
    roles: string[];
    sensitivities: string[];
    sees_everything: boolean;
    last_used_at?: string;
    unused_days?: number;
  }[];
  sees_everything: number;
  ceiling: number;
  last_signed?: { at: string; by: Person };
}

export interface Score {
  score: number;
  next: { what: string; why: string; how: string; link: string }[];
}

export interface AccessSettings {
  networks: Record<string, string[]>; // by role
}
