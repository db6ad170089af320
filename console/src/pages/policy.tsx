// The rules as they are, and a tester: who, what, why; the answer names the rule.
import { useState } from 'react';
import type { Policy } from '../api/contract';
import { get } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { Page, Tabs } from '../ui/parts';
import { Await } from '../ui/loaded';
import { useLoad } from '../ui/use_load';
import { PolicyTester } from './policy_tester';
import { RuleList } from './policy_rules';

export default function PolicyPage() {
  const { t } = useI18n();
  const [tab, setTab] = useState<'rules' | 'test' | 'source'>('rules');
  const policy = useLoad(() => get<Policy>('/v1/policy'), '');
  return (
    <Page title={t('page.policy')} about={t('policy.about')}>
      <Tabs label={t('page.policy')} value={tab} onChange={setTab}
        tabs={[{ id: 'rules', label: t('policy.rules') }, { id: 'test', label: t('policy.test') }, { id: 'source', label: t('policy.source') }]} />
      <Await of={policy} rows={10}>
        {(data) => (
          <>
            {tab === 'rules' && <RuleList source={data.source} />}
            {tab === 'test' && <PolicyTester source={data.source} />}
            {tab === 'source' && (
              <>
                <p className="small muted">{t('policy.digest')} <span className="mono checkpoint">{data.digest}</span></p>
                <pre className="source" tabIndex={0} aria-label={t('policy.source')}>{data.source}</pre>
              </>
            )}
          </>
        )}
      </Await>
    </Page>
  );
}
