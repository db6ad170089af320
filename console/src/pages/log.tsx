// Everything that was done: by customer, by person, by time; live while it is looked at.
import { useEffect, useState } from 'react';
import type { LogEntries, LogEntry, Logs, StaffMember } from '../api/contract';
import { type ApiProblem, asProblem, call, get, json, query } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { Badge, Button, Dialog, Empty, Page, Select, Table, TextField } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { useLoad } from '../ui/use_load';
import { Await } from '../ui/loaded';
import { useFieldName, usePurposeName } from './field_words';
import { VerifyDialog } from './log_verify';
import { DecisionBadge } from './policy_rules';

const pageSize = 50;
const liveMillis = 3000;
const actions = [
  'customer.reveal', 'customer.read', 'customer.search', 'customer.list', 'customer.compare', 'customer.create', 'customer.change',
  'customer.erase', 'customer.import', 'customer.export', 'file.get', 'token.create', 'token.resolve', 'catalogue.change',
  'policy.change', 'credential.create', 'credential.revoke', 'session.sign_in', 'sign_in.refused', 'staff.invite', 'staff.vet', 'staff.change',
  'staff.suspend', 'approval.ask', 'approval.decide', 'break_glass', 'alarm', 'server.unlock', 'server.lock',
];

interface Filter {
  log: string;
  customer: string;
  actor: string;
  action: string;
  from: string;
  until: string;
}

const moment = (local: string) => (local === '' ? undefined : new Date(local).toISOString());

function load(filter: Filter, before?: number): Promise<LogEntries> {
  const { customer, log, actor, action } = filter;
  const common = { log, actor, action, from: moment(filter.from), until: moment(filter.until), limit: pageSize, before };
  if (customer === '') return get(query('/v1/audit/entries', common));
  const set = Object.fromEntries(Object.entries(common).filter(([, value]) => value !== undefined && value !== ''));
  return call(json('POST', '/v1/audit/entries:search', { ...set, customer }));
}

export default function LogPage() {
  const { t } = useI18n();
  const router = useRouter();
  const asked = (router.memo ?? {}) as { customer?: string; actor?: string };
  const logs = useLoad(() => get<Logs>('/v1/audit/logs'), '');
  const [filter, setFilter] = useState<Filter>({ log: '', customer: asked.customer ?? '', actor: asked.actor ?? '', action: '', from: '', until: '' });
  const [draft, setDraft] = useState(filter);
  const [live, setLive] = useState(true);
  const [older, setOlder] = useState<LogEntry[]>([]);
  const [nextBefore, setNextBefore] = useState<number | null>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [verify, setVerify] = useState(false);
  const [open, setOpen] = useState<LogEntry>();
  const who = useWho();
  const newest = useLoad(() => load(filter), JSON.stringify(filter));
  const { reload } = newest;
  // What is looked at stays put: once somebody reads further down, nothing is pushed in above.
  const follows = live && older.length === 0;
  useEffect(() => {
    if (!follows) return;
    const timer = setInterval(() => !document.hidden && reload(), liveMillis);
    return () => clearInterval(timer);
  }, [follows, reload]);
  const apply = () => { setOlder([]); setNextBefore(undefined); setFilter(draft); };
  const more = async () => {
    setProblem(undefined);
    try {
      const page = await load(filter, (nextBefore === undefined ? newest.data?.next_before : nextBefore) ?? undefined);
      setOlder((old) => [...old, ...page.entries]);
      setNextBefore(page.next_before);
    } catch (thrown) {
      setProblem(asProblem(thrown));
    }
  };
  const set = (change: Partial<Filter>) => setDraft((old) => ({ ...old, ...change }));
  const mayBeMore = (nextBefore === undefined ? newest.data?.next_before : nextBefore) !== null;

  return (
    <Page title={t('page.log')} about={t('log.about')} actions={
      <>
        <label className="check"><input type="checkbox" checked={live} onChange={() => setLive(!live)} />{t('log.live')}</label>
        <Button icon="shield" onClick={() => setVerify(true)}>{t('log.verify')}</Button>
      </>
    }>
      <form className="form-grid" onSubmit={(event) => { event.preventDefault(); apply(); }}>
        {logs.data && logs.data.logs.length > 1 && (
          <Select label={t('log.which')} value={draft.log} onChange={(event) => set({ log: event.target.value })}
            options={logs.data.logs.map(({ name }) => ({ value: name, label: name === 'office' ? t('log.office') : name }))} />
        )}
        <TextField label={t('log.customer')} placeholder="7KQM-4XWN-2RTB-9C" value={draft.customer} onChange={(event) => set({ customer: event.target.value.trim() })} />
        <TextField label={t('log.actor')} value={draft.actor} onChange={(event) => set({ actor: event.target.value.trim() })} />
        <Select label={t('log.action')} value={draft.action} onChange={(event) => set({ action: event.target.value })}
          options={[{ value: '', label: t('log.any-action') }, ...actions.map((value) => ({ value, label: t(`action.${value}` as TextKey) }))]} />
        <TextField label={t('log.from')} type="datetime-local" value={draft.from} onChange={(event) => set({ from: event.target.value })} />
        <TextField label={t('log.until')} type="datetime-local" value={draft.until} onChange={(event) => set({ until: event.target.value })} />
        <div className="row bottom"><Button look="primary" type="submit">{t('log.apply')}</Button></div>
      </form>
      {newest.problem && newest.data && <Refusal problem={newest.problem} />}
      <Await of={newest} rows={10}>
        {(data) => data.entries.length === 0 ? <Empty icon="list" title={t('log.none')}><p>{t('log.none.about')}</p></Empty> : (
          <>
            <Entries entries={[...data.entries, ...older]} who={who} onOpen={setOpen} />
            {problem && <Refusal problem={problem} />}
            {mayBeMore && <div><Button onClick={() => void more()}>{t('log.more')}</Button></div>}
          </>
        )}
      </Await>
      {open && <EntryDialog entry={open} who={who} onClose={() => setOpen(undefined)} />}
      {verify && <VerifyDialog logs={logs} onClose={() => setVerify(false)} />}
    </Page>
  );
}

function useActionName(): (action: string) => string {
  const { t, has } = useI18n();
  return (action) => (has(`action.${action}`) ? t(`action.${action}` as TextKey) : action);
}

// The log knows people by id, so that it outlives their names; whoever may see the staff reads names.
type Who = (entry: LogEntry) => string;
function useWho(): Who {
  const { can } = useMe();
  const reads = can('staff.read');
  const staff = useLoad(() => (reads ? get<{ staff: StaffMember[] }>('/v1/staff') : Promise.resolve({ staff: [] })), '');
  const names = new Map(staff.data?.staff.map(({ id, display_name, name }) => [id, display_name || name]));
  return ({ actor }) => actor.name ?? names.get(actor.id ?? '') ?? actor.id ?? actor.kind;
}

function Entries({ entries, who, onOpen }: { entries: LogEntry[]; who: Who; onOpen: (entry: LogEntry) => void }) {
  const { t, time } = useI18n();
  const actionName = useActionName();
  const fieldName = useFieldName();
  const purposeName = usePurposeName();
  return (
    <Table label={t('page.log')} columns={[t('time'), t('log.who'), t('log.did'), t('record.fields'), t('why'), t('log.outcome'), '']}>
      {entries.map((entry, at) => (
        <tr key={entry.index ?? `new-${at}`}>
          <td className="number">{time(entry.time, 'exact')}</td>
          <th scope="row">{who(entry)}</th>
          <td>{actionName(entry.action)}{(entry.count ?? 0) > 1 && <span className="muted number"> × {entry.count}</span>}</td>
          <td>{entry.fields.map(({ name, number }) => (name ? fieldName(name) : `#${number}`)).join(', ')}</td>
          <td>{entry.purpose && purposeName(entry.purpose)}</td>
          <td>{entry.outcome === 'ok' ? <DecisionBadge decision={entry.decision} /> : <Badge tone="bad">{t('log.refused')}</Badge>}</td>
          <td className="actions"><Button look="quiet" small onClick={() => onOpen(entry)}>{t('details')}</Button></td>
        </tr>
      ))}
    </Table>
  );
}

function EntryDialog({ entry, who, onClose }: { entry: LogEntry; who: Who; onClose: () => void }) {
  const { t, time } = useI18n();
  const actionName = useActionName();
  const fieldName = useFieldName();
  const facts: [TextKey, string | undefined][] = [
    ['time', time(entry.time, 'long')],
    ['log.who', `${who(entry)} (${entry.actor.kind}${entry.actor.id ? ` ${entry.actor.id}` : ''})`],
    ['log.did', `${actionName(entry.action)} (${entry.action})`],
    ['record.fields', entry.fields.map(({ name, number }) => (name ? fieldName(name) : `#${number}`)).join(', ')],
    ['log.claimed', entry.purpose],
    ['log.decision', t(`decision.${entry.decision}` as TextKey)],
    ['policy.rule', `${entry.rule.number} ${entry.rule.name ?? ''}`],
    ['log.outcome', entry.outcome],
    ['log.customers', entry.customers.join(', ')],
    ['log.address', entry.address],
    ['log.detail', [entry.change, entry.detail].filter(Boolean).join(' ')],
    ['log.request', entry.request_id],
    ['log.index', entry.index === null ? t('log.not-merged') : String(entry.index)],
  ];
  return (
    <Dialog title={t('log.entry')} onClose={onClose} large>
      <dl className="facts">
        {facts.filter(([, value]) => value).map(([key, value]) => (
          <div key={key} className="contents"><dt>{t(key)}</dt><dd>{value}</dd></div>
        ))}
      </dl>
    </Dialog>
  );
}
