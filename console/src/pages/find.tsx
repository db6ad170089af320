// Find a customer: one box for code, e-mail, phone or name; enough of each hit, hidden, to choose the right one.
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { Catalogue, Field, MaskedCustomer, MaskedCustomers, MaskedValue } from '../api/contract';
import { type ApiProblem, asProblem, get, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { GivenUp, useAttempt } from '../session/guard';
import { useRouter } from '../shell/router';
import { focusSearch } from '../shell/shortcuts';
import { Icon } from '../ui/icon';
import { Badge, Bones, Button, Empty, Page } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { useFieldName } from './field_words';
import { bodyOf, isSearchable, planOf, type Step, type Try } from './find_query';
import { type Granted, Record } from './record';
import { ValueText } from './value_text';

interface Memo {
  code?: string;
  granted?: Granted; // what a colleague agreed to show of them
  text?: string;
  where?: string;
  opened?: boolean; // the search led straight to a record
}

type Hits = Map<string, MaskedCustomer>;

export const customerPath = (code: string) => `/v1/customers/${encodeURIComponent(code.replaceAll(' ', ''))}`;

export function Find() {
  const { memo } = useRouter();
  const { code, granted } = (memo ?? {}) as Memo;
  return code ? <Record key={code} code={code} {...(granted ? { granted } : {})} /> : <Search memo={(memo ?? {}) as Memo} />;
}

function Search({ memo }: { memo: Memo }) {
  const { t } = useI18n();
  const router = useRouter();
  const attempt = useAttempt();
  const fieldName = useFieldName();
  const catalogue = useLoad(() => get<Catalogue>('/v1/catalogue'), '');
  const [text, setText] = useState(memo.text ?? '');
  const [where, setWhere] = useState(memo.where ?? '');
  const [hits, setHits] = useState<MaskedCustomer[]>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem>();
  const [unclear, setUnclear] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  const fields = catalogue.data?.fields ?? [];
  const searchable = fields.filter(isSearchable);

  const lookIn = (value: string, one: Try) =>
    attempt<MaskedCustomers>(json('POST', '/v1/customers:search', bodyOf(value, one)), t('find.summary'));

  // Whoever fits in any of the fields.  A field that refuses ("too many hits") does not hide what another one found, and
  // a value that does not fit its type just finds nothing there.
  const take = async ({ value, tries }: Step): Promise<Hits> => {
    const outcomes = await Promise.allSettled(tries.map((one) => lookIn(value, one)));
    const found: Hits = new Map();
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') for (const hit of outcome.value.customers) found.set(hit.code, hit);
    }
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected').find(({ reason }) => asProblem(reason).code !== 'value-invalid');
    if (found.size === 0 && failed) throw failed.reason;
    return found;
  };
  // Whoever fits in every step; a word that fits too many is passed over while another one narrows.
  const takeAll = async (steps: Step[]): Promise<MaskedCustomer[]> => {
    const outcomes = await Promise.allSettled(steps.map(take));
    const found = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    const [first, ...others] = found;
    if (!first) throw failed?.reason;
    return [...first.values()].filter(({ code }) => others.every((other) => other.has(code)));
  };
  const lookEverywhere = async (ways: Step[][]) => {
    for (const steps of ways) {
      const found = await takeAll(steps);
      if (found.length > 0) return found;
    }
    return [];
  };

  const search = async () => {
    setProblem(undefined);
    setUnclear(false);
    if (text.trim() === '') return;
    setBusy(true);
    try {
      // Whoever types faster than the catalogue comes does not wait for a second Enter.
      const known = catalogue.data ?? (await get<Catalogue>('/v1/catalogue'));
      const plan = planOf(text, where, known.fields);
      if (plan.kind === 'nothing') {
        setHits(undefined);
        setUnclear(true);
        return;
      }
      if (plan.kind === 'code') {
        router.remember({ text, where, opened: true }); // who comes back is not sent there again
        await attempt<MaskedCustomer>({ method: 'GET', target: customerPath(plan.code) }, t('find.summary'));
        router.go('find', { code: plan.code });
      } else {
        setHits(await lookEverywhere(plan.ways));
        router.remember({ text, where });
      }
    } catch (thrown) {
      setHits(undefined);
      if (!(thrown instanceof GivenUp)) setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };

  useEffect(() => {
    const focus = () => box.current?.select();
    addEventListener(focusSearch, focus);
    return () => removeEventListener(focusSearch, focus);
  }, []);
  // Coming back from a record: the same hits again, asked for anew, for they may have changed.
  const again = useRef(memo.text && !memo.opened ? search : undefined);
  useEffect(() => {
    if (!catalogue.data || !again.current) return;
    again.current = undefined;
    void search();
  });

  const move = (event: KeyboardEvent<HTMLElement>) => {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const stops = [box.current, ...document.querySelectorAll<HTMLElement>('.hit')];
    const at = stops.findIndex((stop) => stop === document.activeElement);
    const next = stops[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <Page title={t('page.find')} about={t('find.about')}>
      <div onKeyDown={move} className="stack">
        <form role="search" className="search" onSubmit={(event) => { event.preventDefault(); void search(); }}>
          <div className="search-box">
            <Icon name="search" />
            <input ref={box} className="input" type="text" aria-label={t('find.box')} placeholder={t('find.placeholder')} autoFocus
              autoComplete="off" autoCorrect="off" spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} />
            <kbd aria-hidden="true">/</kbd>
          </div>
          <select className="input where" aria-label={t('find.where')} value={where} onChange={(event) => setWhere(event.target.value)}>
            <option value="">{t('find.everywhere')}</option>
            {searchable.map((field) => <option key={field.name} value={field.name}>{fieldName(field.name)}</option>)}
          </select>
          <Button look="primary" type="submit" busy={busy}>{t('find.do')}</Button>
        </form>
        {catalogue.problem && <Refusal problem={catalogue.problem}><Button small onClick={catalogue.reload}>{t('again')}</Button></Refusal>}
        {problem && <Refusal problem={problem} />}
        {unclear && <Empty icon="search" title={t('find.unclear')}><p>{t('find.unclear.about')}</p></Empty>}
        <p role="status" className={hits?.length ? 'small muted' : 'hidden-visually'}>{hits && t('find.count', { n: hits.length })}</p>
        {busy && !hits && <Bones rows={5} />}
        {hits?.length === 0 && !problem && <Empty icon="search" title={t('find.none')}><p>{t('find.none.about')}</p></Empty>}
        {hits && hits.length > 0 && (
          <ul className="hits">
            {hits.map((hit) => <Hit key={hit.code} hit={hit} fields={fields} onOpen={() => router.go('find', { code: hit.code })} />)}
          </ul>
        )}
        {!hits && !busy && !problem && !unclear && catalogue.data && <FindTips searchable={searchable.map((field) => fieldName(field.name))} />}
      </div>
    </Page>
  );
}

// What tells people apart comes first; what is all dots tells nothing.
const telling: Field['type'][] = ['person_name', 'date_of_birth', 'email', 'phone', 'postal_address', 'text', 'national_id', 'card', 'bank_account'];
const mostFacts = 5;
const saysNothing = (value: MaskedValue) => 'masked' in value && !/[^•\s]/.test(value.masked);

function factsOf(hit: MaskedCustomer, fields: Field[]): [string, MaskedCustomer['values'][string]][] {
  const rankOf = (name: string) => {
    const rank = telling.indexOf(fields.find((field) => field.name === name)?.type ?? 'json');
    return rank < 0 ? telling.length : rank;
  };
  return Object.entries(hit.values)
    .filter(([, value]) => !(Array.isArray(value) ? value : [value]).every(saysNothing))
    .sort(([left], [right]) => rankOf(left) - rankOf(right))
    .slice(0, mostFacts);
}

// By the field, not by the value: the columns of all hits stand in line.
const isLong = (name: string, fields: Field[]) => fields.some((field) => field.name === name && (field.type === 'email' || field.type === 'postal_address'));

function Hit({ hit, fields, onOpen }: { hit: MaskedCustomer; fields: Field[]; onOpen: () => void }) {
  const { t } = useI18n();
  const fieldName = useFieldName();
  return (
    <li>
      <button type="button" className="hit" onClick={onOpen}>
        <span className="hit-code">
          <span className="mono">{hit.code}</span>
          {hit.tier > 0 && <Badge tone="accent">{t('vip')}</Badge>}
        </span>
        <span className="hit-facts">
          {factsOf(hit, fields).map(([name, value]) => (
            <span key={name} className={isLong(name, fields) ? 'hit-fact long' : 'hit-fact'}>
              <span className="fact-name">{fieldName(name)}</span>
              <ValueText value={value} />
            </span>
          ))}
        </span>
        <Icon name="next" />
      </button>
    </li>
  );
}

function FindTips({ searchable }: { searchable: string[] }) {
  const { t } = useI18n();
  return (
    <div className="tips">
      <h2>{t('find.tips')}</h2>
      <dl className="facts">
        <dt>{t('find.tip.code')}</dt>
        <dd className="mono">7KQM-4XWN-2RTB-9C</dd>
        <dt>{t('find.tip.fields')}</dt>
        <dd>{searchable.length > 0 ? searchable.join(' · ') : t('find.tip.no-fields')}</dd>
        <dt>{t('find.tip.hidden')}</dt>
        <dd>{t('find.tip.hidden.about')}</dd>
      </dl>
    </div>
  );
}
