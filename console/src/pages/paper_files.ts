// Files of paper on the clerk's desk: read, asked about and handed back.  All of it lies in this page's memory and is
// gone when the page is: nothing is stored, and nothing is put into an address.
import type { LookedAtPaper, PaperFind, PaperPageBox, RedactedPaper } from '../api/contract';
import { type ApiProblem, callBlob, json } from '../api/http';

export interface DrawnBox extends PaperPageBox {
  id: number;
}

export interface DeskFile {
  id: number;
  name: string;
  document: string; // Base64
  looked?: LookedAtPaper;
  lifted: ReadonlySet<string>; // finds that stay: keyOf()
  boxes: DrawnBox[];
  released?: RedactedPaper;
  problem?: ApiProblem;
  busy: boolean;
}

export const keyOf = (page: number, find: number) => `${page}:${find}`;

const asDataUrl = (blob: Blob) =>
  new Promise<string>((settle, fail) => {
    const reader = new FileReader();
    reader.onload = () => settle(String(reader.result));
    reader.onerror = () => fail(reader.error ?? new Error('unreadable'));
    reader.readAsDataURL(blob);
  });

export async function readFile(file: Blob): Promise<string> {
  const url = await asDataUrl(file);
  return url.slice(url.indexOf(',') + 1);
}

// The page as a picture that the page's policy lets in.
export const drawPage = async (document: string, page: number) =>
  asDataUrl(await callBlob(json('POST', '/v1/paper/draw', { document, page })));

// A find stays when all of its boxes lie in places that are lifted; numbers were rounded on their way here.
const slack = 0.05;
const boxesOf = (page: number, find: PaperFind): PaperPageBox[] =>
  find.boxes.map(({ left, top, right, bottom }) => ({ page, left: left - slack, top: top - slack, right: right + slack, bottom: bottom + slack }));

export function releaseRequest(file: DeskFile, keepUnread: boolean) {
  const pages = file.looked?.pages ?? [];
  const lifted = pages.flatMap(({ finds }, page) =>
    finds.flatMap((find, at) => (file.lifted.has(keyOf(page + 1, at)) ? boxesOf(page + 1, find) : [])));
  const boxes = file.boxes.map(({ page, left, top, right, bottom }) => ({ page, left, top, right, bottom }));
  return json('POST', '/v1/paper/redact', { document: file.document, boxes, lifted, keep_unread: keepUnread });
}

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// Hands something to the browser's downloads.  The address is taken back at once: the download has begun by then.
export function download(name: string, content: BlobPart) {
  const url = URL.createObjectURL(new Blob([content], { type: 'application/octet-stream' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

// "letter.pdf" comes back as "letter.redacted.pdf".
export function resultName(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)}.redacted${name.slice(dot)}` : `${name}.redacted`;
}

export const downloadResult = (file: DeskFile) => file.released && download(resultName(file.name), bytesOf(file.released.document));

// What was done, without what was taken out: no document, no name of the file.
export function downloadReport(file: DeskFile) {
  if (!file.released) return;
  const { document: _, ...report } = file.released;
  download(`${resultName(file.name)}.json`, `${JSON.stringify(report, null, 2)}\n`);
}

// How many finds and boxes are to be taken out.
export function countOf(file: DeskFile): number {
  const finds = file.looked?.pages.reduce((sum, { finds: found }) => sum + found.length, 0) ?? 0;
  return finds - file.lifted.size + file.boxes.length + (file.looked?.document_finds ?? 0);
}
