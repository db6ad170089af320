// Where the company stands, and the three things to do next.
import type { Score } from '../api/contract';
import { get } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { isPage } from '../shell/pages';
import { useRouter } from '../shell/router';
import { Await } from '../ui/loaded';
import { Badge, Button, Note, Page, Section, Table } from '../ui/parts';
import { useLoad } from '../ui/use_load';

// A check's words in the reader's language; the server's own for one that this console has not heard of.
function useWords() {
  const { t, has } = useI18n();
  return (id: string, part: 'what' | 'why' | 'how', servers: string) => {
    const key = `score.${id}.${part}`;
    return has(key) ? t(key) : servers;
  };
}

const pageOf = (link: string) => link.replace(/^\/console\/?/, '');

export default function ScorePage() {
  const { t } = useI18n();
  const words = useWords();
  const router = useRouter();
  const score = useLoad(() => get<Score>('/v1/score'), '');
  return (
    <Page title={t('page.score')} about={t('score.about')} narrow>
      <Await of={score}>
        {(data) => (
          <>
            <div className="card score">
              <span className="score-figure number">{data.score}</span>
              <div className="stack tight">
                <meter min={0} max={100} low={50} high={80} optimum={100} value={data.score} aria-label={t('page.score')} />
                <p className="muted">{t('score.of', { n: data.score })}</p>
              </div>
            </div>
            <Section title={t('score.next')}>
              {data.next.length === 0 ? <Note tone="good" title={t('score.nothing')} /> : (
                <ol className="stack next-steps">
                  {data.next.slice(0, 3).map((step) => (
                    <li key={step.id} className="card">
                      <div className="stack tight">
                        <h3>{words(step.id, 'what', step.what)}</h3>
                        <p>{words(step.id, 'why', step.why)}</p>
                        <p className="muted">{words(step.id, 'how', step.how)}</p>
                        {step.names.length > 0 && <p className="small mono">{step.names.join(', ')}</p>}
                        {isPage(pageOf(step.link)) && (
                          <div><Button small icon="next" onClick={() => { const page = pageOf(step.link); if (isPage(page)) router.go(page); }}>{t('score.do')}</Button></div>
                        )}
                      </div>
                    </li>
                  ))}
                </ol>
              )}
            </Section>
            <Section title={t('score.all')}>
              <Table label={t('score.all')} columns={[t('score.check'), t('score.points')]}>
                {data.checks.map((check) => (
                  <tr key={check.id}>
                    <th scope="row">{words(check.id, 'what', check.what)}</th>
                    <td className="number"><Badge tone={check.points === check.of ? 'good' : 'warn'}>{check.points} / {check.of}</Badge></td>
                  </tr>
                ))}
              </Table>
            </Section>
          </>
        )}
      </Await>
    </Page>
  );
}
