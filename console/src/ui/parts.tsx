// The console's building blocks.  Each carries its own accessibility: labels, roles, what is read aloud.
import { type ButtonHTMLAttributes, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes,
  type TextareaHTMLAttributes, useEffect, useId, useRef } from 'react';
import { useI18n } from '../i18n/i18n';
import { Icon, type IconName } from './icon';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & {
  look?: 'primary' | 'danger' | 'quiet';
  small?: boolean;
  wide?: boolean;
  icon?: IconName;
  busy?: boolean;
};

export function Button({ look, small, wide, icon, busy, children, className, onClick, ...rest }: ButtonProps) {
  const classes = ['button', look, small && 'small', wide && 'wide', !children && 'icon', className];
  return (
    // Busy is said, not disabled: a disabled button drops the focus.
    <button type="button" {...rest} className={classes.filter(Boolean).join(' ')} aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}>
      {busy ? <span className="spinner" aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface Labelled {
  label: string;
  hint?: ReactNode;
  fault?: string | undefined;
}

function useFieldIds(hint: ReactNode, fault: string | undefined) {
  const id = useId();
  const said = [hint ? `${id}-hint` : '', fault ? `${id}-fault` : ''].filter(Boolean).join(' ');
  return { id, describedBy: said === '' ? undefined : said };
}

function FieldFrame({ id, label, hint, fault, children }: Labelled & { id: string; children: ReactNode }) {
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children}
      {hint && <span className="hint" id={`${id}-hint`}>{hint}</span>}
      {fault && <span className="fault" id={`${id}-fault`}>{fault}</span>}
    </div>
  );
}

export function TextField({ label, hint, fault, className, ...rest }: Labelled & InputHTMLAttributes<HTMLInputElement>) {
  const { id, describedBy } = useFieldIds(hint, fault);
  return (
    <FieldFrame {...{ id, label, hint, fault }}>
      <input id={id} className={`input ${className ?? ''}`} autoComplete="off" spellCheck={false} {...rest}
        aria-describedby={describedBy} aria-invalid={fault ? true : undefined} />
    </FieldFrame>
  );
}

export function TextArea({ label, hint, fault, className, ...rest }: Labelled & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const { id, describedBy } = useFieldIds(hint, fault);
  return (
    <FieldFrame {...{ id, label, hint, fault }}>
      <textarea id={id} className={`input ${className ?? ''}`} {...rest} aria-describedby={describedBy} aria-invalid={fault ? true : undefined} />
    </FieldFrame>
  );
}

export interface Option {
  value: string;
  label: string;
}

export function Select({ label, hint, fault, options, ...rest }: Labelled & { options: Option[] } & SelectHTMLAttributes<HTMLSelectElement>) {
  const { id, describedBy } = useFieldIds(hint, fault);
  return (
    <FieldFrame {...{ id, label, hint, fault }}>
      <select id={id} className="input" {...rest} aria-describedby={describedBy} aria-invalid={fault ? true : undefined}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>{option.label}</option>
        ))}
      </select>
    </FieldFrame>
  );
}

export function Choices({ legend, name, options, value, onChange }: {
  legend: string; name: string; options: (Option & { hint?: string | undefined })[]; value: string; onChange: (value: string) => void;
}) {
  return (
    <fieldset className="stack tight">
      <legend>{legend}</legend>
      {options.map((option) => (
        <label key={option.value} className="choice">
          <input type="radio" name={name} value={option.value} checked={value === option.value} onChange={() => onChange(option.value)} />
          <span>
            {option.label}
            {option.hint && <span className="small muted"><br />{option.hint}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

export function Checks({ legend, options, value, onChange }: {
  legend: string; options: Option[]; value: string[]; onChange: (value: string[]) => void;
}) {
  const toggle = (one: string) => onChange(value.includes(one) ? value.filter((other) => other !== one) : [...value, one]);
  return (
    <fieldset className="stack tight">
      <legend>{legend}</legend>
      <div className="row wrap">
        {options.map((option) => (
          <label key={option.value} className="choice">
            <input type="checkbox" checked={value.includes(option.value)} onChange={() => toggle(option.value)} />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export type Tone = 'accent' | 'good' | 'warn' | 'bad';

export function Badge({ tone, icon, children }: { tone?: Tone | undefined; icon?: IconName; children: ReactNode }) {
  return (
    <span className={`badge ${tone ?? ''}`}>
      {icon && <Icon name={icon} size={12} />}
      {children}
    </span>
  );
}

const noteIcons = { good: 'check', warn: 'warn', bad: 'warn', info: 'info' } as const;

export function Note({ tone, title, children, role }: { tone?: 'good' | 'warn' | 'bad'; title?: string; children?: ReactNode; role?: 'alert' | 'status' }) {
  return (
    <div className={`note ${tone ?? ''}`} role={role}>
      <Icon name={noteIcons[tone ?? 'info']} />
      <div>
        {title && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Bones({ rows = 4 }: { rows?: number }) {
  const { t } = useI18n();
  return (
    <div className="card stack" role="status">
      <span className="hidden-visually">{t('loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="bone" style={{ width: `${92 - ((row * 23) % 50)}%` }} />
      ))}
    </div>
  );
}

export function Dialog({ title, onClose, children, large }: { title: string; onClose: () => void; children: ReactNode; large?: boolean }) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  const titleId = useId();
  useEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    // What is to be filled in, before the button that closes.
    element?.querySelector<HTMLElement>('.dialog-body :is(input, textarea, select, button)')?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} className={`dialog ${large ? 'large' : ''}`} aria-labelledby={titleId}
      onCancel={(event) => { event.preventDefault(); close.current(); }}
      onMouseDown={(event) => { if (event.target === dialog.current) close.current(); }}>
      <div className="dialog-head">
        <h2 id={titleId}>{title}</h2>
        <Button look="quiet" small icon="close" aria-label={t('close')} onClick={onClose} />
      </div>
      <div className="dialog-body">{children}</div>
    </dialog>
  );
}

// `title` is the window's, too, and so names no person; `heading` may.
export function Page({ title, heading, about, back, actions, narrow, children }: {
  title: string; heading?: ReactNode; about?: ReactNode; back?: { label: string; go: () => void }; actions?: ReactNode; narrow?: boolean; children: ReactNode;
}) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Strongroom`;
  }, [title]);
  useEffect(() => {
    // Whoever came by the navigation or a key goes on reading here; whoever has the focus in the page keeps it.
    const { activeElement } = document;
    if (!activeElement?.closest('main, dialog')) top.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div className={`page ${narrow ? 'narrow' : ''}`}>
      <div className="page-head">
        <div>
          {back && <button type="button" className="back" onClick={back.go}><Icon name="back" size={14} />{back.label}</button>}
          <h1 ref={top} tabIndex={-1}>{heading ?? title}</h1>
          {about && <p>{about}</p>}
        </div>
        {actions && <div className="row wrap">{actions}</div>}
      </div>
      {children}
    </div>
  );
}

export function Section({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="section">
      <div className="section-head">
        <h2>{title}</h2>
        {actions}
      </div>
      {children}
    </section>
  );
}

// `columns` are the headings; an empty one belongs to buttons and is read as "Actions".  On a narrow screen, where a row
// becomes a card, each cell of a table of more than two columns carries its heading.
export function Table({ label, columns, children }: { label: string; columns: string[]; children: ReactNode }) {
  const { t } = useI18n();
  const table = useRef<HTMLTableElement>(null);
  useEffect(() => {
    const named = columns.filter((column) => column !== '').length > 2;
    for (const row of table.current?.tBodies[0]?.rows ?? []) {
      [...row.cells].forEach((cell, at) => { cell.dataset.label = named && cell.tagName === 'TD' ? (columns[at] ?? '') : ''; });
    }
  });
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={label}>
      <table ref={table} className="table folds">
        <thead>
          <tr>
            {columns.map((column, at) => (
              <th key={at} scope="col">{column || <span className="hidden-visually">{t('actions')}</span>}</th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

export function Tabs<T extends string>({ label, tabs, value, onChange }: {
  label: string; tabs: { id: T; label: string }[]; value: T; onChange: (id: T) => void;
}) {
  const move = (step: number) => {
    const at = tabs.findIndex((tab) => tab.id === value);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (!next) return;
    onChange(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label}
      onKeyDown={(event) => {
        if (event.key === 'ArrowRight') move(1);
        if (event.key === 'ArrowLeft') move(-1);
      }}>
      {tabs.map((tab) => (
        <button key={tab.id} id={`tab-${tab.id}`} type="button" role="tab" aria-selected={tab.id === value}
          tabIndex={tab.id === value ? 0 : -1} onClick={() => onChange(tab.id)}>{tab.label}</button>
      ))}
    </div>
  );
}
