// Black out paper: files are dropped here, looked at, corrected by a person, and come back without what was found.
// Nothing of them stays: not in the vault, not in this browser.
import { type DragEvent, useEffect, useRef, useState } from 'react';
import type { LookedAtPaper, PaperBox, RedactedPaper } from '../api/contract';
import { ApiProblem, asProblem, json } from '../api/http';
import { useI18n } from '../i18n/i18n';
import { GivenUp, useAttempt } from '../session/guard';
import { Badge, Button, Note, Page, Section } from '../ui/parts';
import { Refusal } from '../ui/refusal';
import { countOf, type DeskFile, downloadReport, downloadResult, type DrawnBox, keyOf, readFile, releaseRequest } from './paper_files';
import { PaperPageView, useFindName } from './paper_page';

const accepted = '.pdf,.png,.jpg,.jpeg,.tif,.tiff';
const mostBytes = 47 * 1024 * 1024;

// Numbers of files and boxes, never used twice.
let lastId = 0;

function useDesk() {
  const { t } = useI18n();
  const attempt = useAttempt();
  const [files, setFiles] = useState<DeskFile[]>([]);
  const here = useRef(true);
  useEffect(() => {
    here.current = true;
    return () => { here.current = false; };
  }, []);
  const change = (id: number, how: (file: DeskFile) => DeskFile) => {
    if (here.current) setFiles((all) => all.map((file) => (file.id === id ? how(file) : file)));
  };
  // A step that asks the server; what goes wrong stays beside the file.
  const step = async (id: number, work: () => Promise<Partial<DeskFile>>) => {
    change(id, (file) => ({ ...file, busy: true }));
    try {
      const done = await work();
      change(id, ({ problem: _, ...file }) => ({ ...file, ...done, busy: false }));
    } catch (thrown) {
      change(id, (file) => (thrown instanceof GivenUp ? { ...file, busy: false } : { ...file, busy: false, problem: asProblem(thrown) }));
    }
  };
  const add = async (list: Iterable<File>) => {
    for (const file of list) {
      const id = ++lastId;
      const empty: DeskFile = { id, name: file.name, document: '', lifted: new Set(), boxes: [], busy: true };
      setFiles((all) => [...all, empty]);
      await step(id, async () => {
        if (file.size > mostBytes) throw new ApiProblem('body-too-large', 413, '', '', '');
        const document = await readFile(file);
        const looked = await attempt<LookedAtPaper>(json('POST', '/v1/paper/look', { document }), t('paper.look.summary'));
        return { document, looked };
      });
    }
  };
  const release = (file: DeskFile, keepUnread: boolean) =>
    step(file.id, async () => ({ released: await attempt<RedactedPaper>(releaseRequest(file, keepUnread), t('paper.release.summary')) }));
  const remove = (id: number) => setFiles((all) => all.filter((file) => file.id !== id));
  return { files, add, change, release, remove };
}

export default function PaperDeskPage() {
  const { t } = useI18n();
  const { files, add, change, release, remove } = useDesk();
  const [openId, setOpenId] = useState<number>();
  const open = files.find(({ id }) => id === openId) ?? files[files.length - 1];
  return (
    <Page title={t('page.paper')} about={t('paper.about')}>
      <Drop onFiles={(list) => { setOpenId(undefined); void add(list); }} />
      {files.length > 0 && (
        <Section title={t('paper.files')}>
          <ul className="paper-files">
            {files.map((file) => (
              <li key={file.id} className="row wrap">
                <Button look="quiet" aria-pressed={file.id === open?.id} onClick={() => setOpenId(file.id)}>{file.name}</Button>
                <State file={file} />
                <Button small look="quiet" icon="close" aria-label={t('paper.remove', { name: file.name })} onClick={() => remove(file.id)} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {open && <Desk key={open.id} file={open} onChange={(how) => change(open.id, how)} onRelease={(keep) => void release(open, keep)} />}
    </Page>
  );
}

function Drop({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const { t } = useI18n();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFiles([...event.dataTransfer.files]);
  };
  return (
    <div className={`paper-drop ${over ? 'over' : ''}`} onDrop={drop} onDragLeave={() => setOver(false)}
      onDragOver={(event) => { event.preventDefault(); setOver(true); }}>
      <p>{t('paper.drop')}</p>
      <Button look="primary" icon="plus" onClick={() => input.current?.click()}>{t('paper.choose')}</Button>
      <input ref={input} type="file" multiple accept={accepted} hidden aria-label={t('paper.choose')}
        onChange={(event) => { onFiles([...(event.target.files ?? [])]); event.target.value = ''; }} />
      <p className="small muted">{t('paper.kinds')}</p>
    </div>
  );
}

function State({ file }: { file: DeskFile }) {
  const { t } = useI18n();
  if (file.busy) return <Badge icon="hourglass">{t('paper.busy')}</Badge>;
  if (file.problem) return <Badge tone="bad" icon="warn">{t('paper.failed')}</Badge>;
  if (file.released) return <Badge tone="good" icon="check">{t('paper.released')}</Badge>;
  return <Badge tone="accent">{t('paper.finds', { n: countOf(file) })}</Badge>;
}

function Desk({ file, onChange, onRelease }: {
  file: DeskFile; onChange: (how: (file: DeskFile) => DeskFile) => void; onRelease: (keepUnread: boolean) => void;
}) {
  const { t } = useI18n();
  const [number, setNumber] = useState(1);
  const [after, setAfter] = useState(false);
  const [keepUnread, setKeepUnread] = useState(false);
  const [pointed, setPointed] = useState<string>();
  const { looked, released } = file;
  if (!looked) return file.problem ? <Refusal problem={file.problem} /> : <p role="status">{t('paper.looking')}</p>;
  const shown = after && released ? released : looked;
  const page = shown.pages[number - 1];
  const unread = looked.pages.some((one) => one.unread.length > 0);

  const toggle = (key: string) => onChange((old) => {
    const lifted = new Set(old.lifted);
    if (!lifted.delete(key)) lifted.add(key);
    return { ...old, lifted };
  });
  const draw = (box: PaperBox) => {
    const id = ++lastId;
    onChange((old) => ({ ...old, boxes: [...old.boxes, { id, page: number, ...box }] }));
    return id;
  };
  const addInMiddle = () => {
    if (!page) return;
    const { width, height } = page;
    const id = draw({ left: width * 0.4, top: height * 0.47, right: width * 0.6, bottom: height * 0.53 });
    requestAnimationFrame(() => document.querySelector<SVGGElement>(`[data-box="${id}"]`)?.focus());
  };
  const changeBox = (id: number, box: PaperBox | undefined) => onChange((old) => ({
    ...old,
    boxes: box ? old.boxes.map((one) => (one.id === id ? { ...one, ...box } : one)) : old.boxes.filter((one) => one.id !== id),
  }));
  const boxesHere = file.boxes.filter((box) => box.page === number);

  return (
    <Section title={file.name}
      actions={!released && <Button look="primary" icon="check" busy={file.busy} onClick={() => onRelease(keepUnread)}>{t('paper.release', { n: countOf(file) })}</Button>}>
      {file.problem && <Refusal problem={file.problem} />}
      {released && <Released file={file} after={after} onAfter={setAfter} />}
      {looked.signatures_void && <Note tone="warn">{t('paper.signed')}</Note>}
      {unread && !released && (
        <Note tone="warn" title={t('paper.unread.title')}>
          <p>{t('paper.unread.about')}</p>
          <label className="check"><input type="checkbox" checked={keepUnread} onChange={(event) => setKeepUnread(event.target.checked)} />{t('paper.unread.keep')}</label>
        </Note>
      )}
      {shown.notes.map((note) => <Note key={note}>{note}</Note>)}
      {page && (
        <div className="paper-desk">
          <div>
            <div className="row wrap">
              <Button small icon="back" aria-label={t('paper.before')} disabled={number === 1} onClick={() => setNumber(number - 1)} />
              <span role="status">{t('paper.page.of', { n: number, all: shown.pages.length })}</span>
              <Button small icon="next" aria-label={t('paper.next')} disabled={number >= shown.pages.length} onClick={() => setNumber(number + 1)} />
              {!released && <Button small icon="plus" onClick={addInMiddle}>{t('paper.add')}</Button>}
            </div>
            <PaperPageView document={after && released ? released.document : file.document} number={number} page={page} lifted={file.lifted}
              boxes={boxesHere} pointed={pointed} frozen={released !== undefined} onToggle={toggle} onDraw={draw} onChange={changeBox} />
            {!released && <p className="small muted">{t('paper.keys')}</p>}
          </div>
          <Finds file={file} number={number} boxes={boxesHere} onToggle={toggle} onPoint={setPointed} onRemove={(id) => changeBox(id, undefined)} />
        </div>
      )}
    </Section>
  );
}

function Finds({ file, number, boxes, onToggle, onPoint, onRemove }: {
  file: DeskFile; number: number; boxes: DrawnBox[]; onToggle: (key: string) => void; onPoint: (key: string | undefined) => void; onRemove: (id: number) => void;
}) {
  const { t } = useI18n();
  const nameOf = useFindName();
  const finds = file.looked?.pages[number - 1]?.finds ?? [];
  const frozen = file.released !== undefined;
  return (
    <fieldset className="stack tight paper-finds" disabled={frozen}>
      <legend>{t('paper.on-page', { n: finds.length + boxes.length })}</legend>
      {finds.map((find, at) => {
        const key = keyOf(number, at);
        return (
          <label key={key} className="check">
            <input type="checkbox" checked={!file.lifted.has(key)} onChange={() => onToggle(key)} onFocus={() => onPoint(key)} onBlur={() => onPoint(undefined)} />
            {t('paper.find', { what: nameOf(find.type), n: at + 1 })}
          </label>
        );
      })}
      {boxes.map((box, at) => (
        <div key={box.id} className="row">
          <span>{t('paper.box', { n: at + 1 })}</span>
          <Button small look="quiet" icon="close" aria-label={t('paper.box.remove', { n: at + 1 })} onClick={() => onRemove(box.id)} />
        </div>
      ))}
      {finds.length + boxes.length === 0 && <p className="muted">{t('paper.nothing')}</p>}
      {(file.looked?.document_finds ?? 0) > 0 && <p className="small">{t('paper.elsewhere', { n: file.looked?.document_finds ?? 0 })}</p>}
    </fieldset>
  );
}

function Released({ file, after, onAfter }: { file: DeskFile; after: boolean; onAfter: (after: boolean) => void }) {
  const { t } = useI18n();
  return (
    <Note tone="good" title={t('paper.released')} role="status">
      <p>{t('paper.released.about')}</p>
      <div className="row wrap">
        <Button look="primary" onClick={() => downloadResult(file)}>{t('paper.download')}</Button>
        <Button onClick={() => downloadReport(file)}>{t('paper.report')}</Button>
        <Button aria-pressed={after} onClick={() => onAfter(!after)}>{t(after ? 'paper.show.before' : 'paper.show.after')}</Button>
      </div>
    </Note>
  );
}
