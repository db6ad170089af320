// How much one may look at, and how much of it one has looked at.
import type { PersonsBudgets } from '../api/contract';
import { get } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { Await } from '../ui/loaded';
import { Table } from '../ui/parts';
import { useLoad } from '../ui/use_load';

export const loadBudgets = () => get<{ people: PersonsBudgets[] }>('/v1/budgets');

export function BudgetsOf({ id }: { id: string }) {
  const { t } = useI18n();
  const all = useLoad(loadBudgets, id);
  return (
    <Await of={all} rows={2}>
      {(data) => {
        const budgets = data.people.find((person) => person.id === id)?.budgets ?? [];
        return budgets.length === 0 ? <p className="muted">{t('budgets.none')}</p> : <BudgetTable budgets={budgets} />;
      }}
    </Await>
  );
}

function BudgetTable({ budgets }: { budgets: PersonsBudgets['budgets'] }) {
  const { t, time } = useI18n();
  return (
    <Table label={t('budgets.title')} columns={[t('budgets.budget'), t('budgets.used'), t('budgets.until')]}>
      {budgets.map((one) => (
        <tr key={one.budget}>
          <th scope="row" className="mono">{one.budget}</th>
          <td>
            <span className="row">
              <meter min={0} max={one.limit} high={one.limit * 0.8} value={one.used} aria-label={one.budget} />
              <span className="number">{t('budgets.of', { n: one.used, limit: one.limit })}</span>
            </span>
          </td>
          <td className="number">{time(one.until)}</td>
        </tr>
      ))}
    </Table>
  );
}
