// Enough of TOML to read a policy: the rules for the eye.  The server reads the same text with a real parser and refuses
// what it does not understand; what this reader cannot make out it leaves out of a rule, never a rule out of the list.
export interface Rule {
  name: string;
  decision: string;
  comment: string;
  parts: [key: string, values: string[]][];
}

const assignment = /^([A-Za-z_][\w-]*)\s*=\s*(.*)$/;

function valuesOf(text: string): string[] {
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((match) => match[1] ?? '');
  if (strings.length > 0) return strings;
  const bare = text.replace(/#.*$/, '').trim();
  return bare === '[]' ? [] : [bare];
}

// A comment ends outside of strings only.
function withoutComment(line: string): string {
  const found = /^(?:[^"#]|"(?:[^"\\]|\\.)*")*/.exec(line);
  return (found?.[0] ?? line).trim();
}

interface Table {
  kind: string;
  comment: string;
  entries: [string, string[]][];
}

function tablesOf(source: string): Table[] {
  let table: Table = { kind: '', comment: '', entries: [] };
  const tables = [table];
  let comment: string[] = [];
  let open: { key: string; text: string } | undefined;
  for (const raw of source.split('\n')) {
    const line = raw.trim();
    if (open) {
      open.text += ` ${withoutComment(line)}`;
      if (withoutComment(line).endsWith(']')) {
        table.entries.push([open.key, valuesOf(open.text)]);
        open = undefined;
      }
      continue;
    }
    if (line.startsWith('#')) {
      if (/^#\s*-{3,}$/.test(line)) comment = [];
      else comment.push(line.replace(/^#\s?/, ''));
      continue;
    }
    const head = /^\[\[?([\w.-]+)\]?\]/.exec(line);
    if (head) {
      table = { kind: head[1] ?? '', comment: comment.join(' '), entries: [] };
      tables.push(table);
    }
    const found = assignment.exec(line);
    if (found) {
      const [, key = '', text = ''] = found;
      const value = withoutComment(text);
      if (value.startsWith('[') && !value.endsWith(']')) open = { key, text: value };
      else table.entries.push([key, valuesOf(value)]);
    }
    comment = [];
  }
  return tables;
}

export function rulesOf(source: string): Rule[] {
  return tablesOf(source)
    .filter(({ kind }) => kind === 'rule')
    .map(({ comment, entries }) => {
      const all = new Map(entries);
      const one = (key: string) => all.get(key)?.[0] ?? '';
      return { name: one('name'), decision: one('decision'), comment, parts: entries.filter(([key]) => key !== 'name' && key !== 'decision') };
    });
}

export function rolesOf(source: string): string[] {
  return tablesOf(source)[0]?.entries.find(([key]) => key === 'roles')?.[1] ?? [];
}
