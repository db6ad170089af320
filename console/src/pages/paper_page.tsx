// One page with what was found on it.  Boxes are drawn with the mouse, or added by a button and moved with the arrow
// keys.  Finds are clicked here; beside the picture each has a checkbox, for the keyboard and for whoever does not see it.
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import type { PaperBox, PaperPage } from '../api/contract';
import { type ApiProblem, asProblem } from '../api/http';
import { type TextKey, useI18n } from '../i18n/i18n';
import { Refusal } from '../ui/refusal';
import { type DrawnBox, drawPage, keyOf } from './paper_files';

interface Props {
  document: string;
  number: number;
  page: PaperPage;
  lifted: ReadonlySet<string>;
  boxes: DrawnBox[]; // of this page
  pointed: string | undefined; // the find whose checkbox has the focus
  frozen: boolean; // it was released: nothing can be changed
  onToggle: (key: string) => void;
  onDraw: (box: PaperBox) => void;
  onChange: (id: number, box: PaperBox | undefined) => void; // undefined: it goes
}

const rectOf = ({ left, top, right, bottom }: PaperBox) => ({ x: left, y: top, width: right - left, height: bottom - top });
const between = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);

export function useFindName() {
  const { t, has } = useI18n();
  return (type: string) => (has(`paper-type.${type}`) ? t(`paper-type.${type}` as TextKey) : type);
}

// Moved by the arrow keys, made larger or smaller with Shift, kept on the page.
function moved(box: PaperBox, event: KeyboardEvent, page: PaperPage): PaperBox | undefined {
  const step = Math.max(page.width, page.height) / 100;
  const dx = event.key === 'ArrowLeft' ? -step : event.key === 'ArrowRight' ? step : 0;
  const dy = event.key === 'ArrowUp' ? -step : event.key === 'ArrowDown' ? step : 0;
  if (dx === 0 && dy === 0) return undefined;
  if (event.shiftKey) {
    return { ...box, right: between(box.right + dx, box.left + step, page.width), bottom: between(box.bottom + dy, box.top + step, page.height) };
  }
  const x = between(dx, -box.left, page.width - box.right);
  const y = between(dy, -box.top, page.height - box.bottom);
  return { left: box.left + x, top: box.top + y, right: box.right + x, bottom: box.bottom + y };
}

function usePicture(document: string, number: number) {
  const [picture, setPicture] = useState<string>();
  const [problem, setProblem] = useState<ApiProblem>();
  useEffect(() => {
    let current = true;
    setPicture(undefined);
    setProblem(undefined);
    drawPage(document, number).then(
      (url) => current && setPicture(url),
      (thrown: unknown) => current && setProblem(asProblem(thrown)),
    );
    return () => { current = false; };
  }, [document, number]);
  return { picture, problem };
}

export function PaperPageView({ document, number, page, lifted, boxes, pointed, frozen, onToggle, onDraw, onChange }: Props) {
  const { t } = useI18n();
  const nameOf = useFindName();
  const { picture, problem } = usePicture(document, number);
  const svg = useRef<SVGSVGElement>(null);
  const [drawing, setDrawing] = useState<PaperBox & { fromX: number; fromY: number }>();

  const placeOf = (event: PointerEvent) => {
    const area = svg.current?.getBoundingClientRect();
    if (!area) return { x: 0, y: 0 };
    return {
      x: between(((event.clientX - area.left) / area.width) * page.width, 0, page.width),
      y: between(((event.clientY - area.top) / area.height) * page.height, 0, page.height),
    };
  };
  const begin = (event: PointerEvent) => {
    if (frozen || event.button !== 0 || (event.target as Element).closest('.paper-find, .paper-drawn')) return;
    const { x, y } = placeOf(event);
    svg.current?.setPointerCapture(event.pointerId);
    setDrawing({ fromX: x, fromY: y, left: x, top: y, right: x, bottom: y });
  };
  const go = (event: PointerEvent) => {
    if (!drawing) return;
    const { x, y } = placeOf(event);
    const { fromX, fromY } = drawing;
    setDrawing({ fromX, fromY, left: Math.min(x, fromX), top: Math.min(y, fromY), right: Math.max(x, fromX), bottom: Math.max(y, fromY) });
  };
  const end = () => {
    if (!drawing) return;
    const { left, top, right, bottom } = drawing;
    const least = Math.max(page.width, page.height) / 200; // less was a click
    if (right - left > least && bottom - top > least) onDraw({ left, top, right, bottom });
    setDrawing(undefined);
  };
  const onKey = (event: KeyboardEvent, box: DrawnBox) => {
    if (frozen) return;
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      onChange(box.id, undefined);
      return;
    }
    const next = moved(box, event, page);
    if (!next) return;
    event.preventDefault();
    onChange(box.id, next);
  };

  return (
    <>
      {problem && <Refusal problem={problem} />}
      <svg ref={svg} className="paper" viewBox={`0 0 ${page.width} ${page.height}`} role="group" aria-label={t('paper.page', { n: number })}
        aria-busy={!picture && !problem} onPointerDown={begin} onPointerMove={go} onPointerUp={end} onPointerCancel={() => setDrawing(undefined)}>
        <rect className="paper-sheet" width={page.width} height={page.height} />
        {picture && <image href={picture} width={page.width} height={page.height} preserveAspectRatio="none" />}
        {page.unread.map((box, at) => <rect key={at} className="paper-unread" {...rectOf(box)}><title>{t('paper.unread')}</title></rect>)}
        {!frozen && page.finds.map((find, at) => {
          const key = keyOf(number, at);
          const stays = lifted.has(key);
          const classes = ['paper-find', stays && 'stays', key === pointed && 'pointed'];
          return (
            <g key={key} className={classes.filter(Boolean).join(' ')} aria-hidden="true" onClick={() => onToggle(key)}>
              {find.boxes.map((box, line) => <rect key={line} {...rectOf(box)} />)}
              <title>{nameOf(find.type)}</title>
            </g>
          );
        })}
        {!frozen && boxes.map((box, at) => (
          <g key={box.id} className="paper-drawn" role="button" tabIndex={0} data-box={box.id}
            aria-label={t('paper.box', { n: at + 1 })} onKeyDown={(event) => onKey(event, box)}>
            <rect {...rectOf(box)} />
          </g>
        ))}
        {drawing && <rect className="paper-drawing" {...rectOf(drawing)} />}
      </svg>
    </>
  );
}
