// Who can see what, and who does not use it: taken away with one click, and signed for.
import { useState } from 'react';
import type { AccessReview } from '../api/contract';
import { get, json } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { useMe } from '../session/session';
import { useRouter } from '../shell/router';
import { ActionDialog } from '../ui/action_form';
import { Await } from '../ui/loaded';
import { Badge, Button, Dialog, Empty, Note, Page, Table } from '../ui/parts';
import { useToast } from '../ui/toasts';
import { useLoad } from '../ui/use_load';
import { sensitivityTone } from './catalogue';
import { useCopy } from './copy';

type Reviewed = AccessReview['people'][number];

export default function ReviewPage() {
  const { t, time } = useI18n();
  const { can } = useMe();
  const say = useToast();
  const [signing, setSigning] = useState(false);
  const [taking, setTaking] = useState<Reviewed>();
  const review = useLoad(() => get<AccessReview>('/v1/access-review'), '');
  const [note, setNote] = useState<string>();
  const done = () => { setSigning(false); setTaking(undefined); say(t('saved')); review.reload(); };
  return (
    <Page title={t('page.review')} about={t('review.about')}
      actions={can('review.sign') && <Button look="primary" icon="check" onClick={() => setSigning(true)}>{t('review.sign')}</Button>}>
      <Await of={review} rows={8}>
        {(data) => (
          <>
            <Note tone={data.sees_everything > data.ceiling ? 'bad' : Date.parse(data.due_at) < Date.now() ? 'warn' : 'good'}
              title={t('review.everything', { n: data.sees_everything, ceiling: data.ceiling })}>
              <p>{t('review.due', { time: time(data.due_at, 'date') })} {data.last_signed ? t('review.last', { name: data.last_signed.by.name, time: time(data.last_signed.at) }) : t('review.never-signed')}</p>
            </Note>
            {data.people.length === 0 ? <Empty icon="eye" title={t('review.nobody')} /> : (
              <People people={data.people} onTake={can('staff.change') ? setTaking : undefined} />
            )}
          </>
        )}
      </Await>
      {signing && (
        <ActionDialog<{ note: string }> title={t('review.sign')} about={t('review.sign.about')} label={t('review.sign')} request={() => json('POST', '/v1/access-review:sign', {})}
          summary={t('review.sign')} onDone={(signed) => { setNote(signed.note); done(); }} onClose={() => setSigning(false)} />
      )}
      {note && <NoteDialog note={note} onClose={() => setNote(undefined)} />}
      {taking && (
        <ActionDialog title={t('review.take.title', { name: taking.name })} about={t('review.take.about')} label={t('review.take')} danger
          request={() => json('POST', `/v1/staff/${encodeURIComponent(taking.id)}/take-roles`, { roles: taking.roles })} summary={t('review.take.title', { name: taking.name })}
          onDone={done} onClose={() => setTaking(undefined)} />
      )}
    </Page>
  );
}

function People({ people, onTake }: { people: Reviewed[]; onTake: ((person: Reviewed) => void) | undefined }) {
  const { t, time } = useI18n();
  const router = useRouter();
  return (
    <Table label={t('page.review')} columns={[t('name'), t('staff.roles'), t('review.sees'), t('review.used'), '']}>
      {people.map((person) => (
        <tr key={person.id}>
          <th scope="row">
            {person.state === 'key' ? person.name : <button type="button" className="link" onClick={() => router.go('staff', { id: person.id })}>{person.name}</button>}
            {person.state === 'key' && <> <Badge>{t('review.key')}</Badge></>}
          </th>
          <td>{person.roles.join(', ')}</td>
          <td>
            <span className="row wrap">
              {person.sees_everything && <Badge tone="bad">{t('review.all')}</Badge>}
              {person.sensitivities.map((one) => <Badge key={one} tone={sensitivityTone[one as keyof typeof sensitivityTone]}>{t(`sensitivity.${one}` as TextKey)}</Badge>)}
            </span>
          </td>
          <td className="number">
            <span className="number">{person.last_used_at ? time(person.last_used_at, 'date') : t('never')}</span>{' '}
            {person.unused && <Badge tone="warn">{t('review.unused', { n: person.unused_days })}</Badge>}
          </td>
          <td className="actions">{onTake && person.state !== 'key' && person.roles.length > 0 && <Button look="danger" small aria-label={`${t('review.take')}: ${person.name}`} onClick={() => onTake(person)}>{t('review.take')}</Button>}</td>
        </tr>
      ))}
    </Table>
  );
}

// Signed, to be kept away from this server, and verified without it.
function NoteDialog({ note, onClose }: { note: string; onClose: () => void }) {
  const { t } = useI18n();
  const copy = useCopy();
  return (
    <Dialog title={t('review.note')} onClose={onClose} large>
      <p className="muted">{t('review.note.about')}</p>
      <pre className="source" tabIndex={0}>{note}</pre>
      <div className="dialog-foot">
        <Button icon="copy" onClick={() => copy(note, false)}>{t('copy')}</Button>
        <Button look="primary" onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}
