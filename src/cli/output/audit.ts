import type { AuditChange, AuditRow } from '../api/wire/audit.js';
import type { Column } from './table.js';
import type { Times } from './times.js';

export const auditColumns = (times: Times): readonly Column<AuditRow>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right', leaveOut: 1 },
  { title: 'WHEN', cell: ({ at }) => times.age(at) },
  { title: 'ACTOR', cell: ({ actor }) => actorText(actor), least: 12 },
  { title: 'ADDRESS', cell: ({ address }) => address ?? '', leaveOut: 3 },
  { title: 'ACTION', cell: ({ action }) => action },
  { title: 'TARGET', cell: ({ target }) => target, least: 12 },
  {
    title: 'RESULT',
    cell: ({ result }) => (result === 'done' ? '' : result),
    style: ({ result }) => (result === 'refused' ? 'red' : null),
  },
  { title: 'CHANGE', cell: changeText, least: 26 },
];

const actorText = ({ kind, name }: AuditRow['actor']): string =>
  kind === 'device' ? `device ${name}` : name;

/** `is_stable: false → true, description: "first"`. */
function changeText({ before, after }: AuditRow): string {
  const names = Object.keys({ ...before, ...after });
  return names.map((name) => `${name}: ${valueChange(before?.[name], after?.[name])}`).join(', ');
}

type Value = AuditChange[string] | undefined;

function valueChange(before: Value, after: Value): string {
  const [was, is] = [before, after].map((value) => (value === undefined ? '' : JSON.stringify(value)));
  return was && is ? `${was} → ${is}` : `${was ?? ''}${is ?? ''}`;
}
