import type { AuditRow } from '../../api/queries/audit';
import { At } from '../../ui/time';

interface RowProps {
  readonly row: AuditRow;
  readonly onFilter: (name: 'actor' | 'action' | 'target', value: string) => void;
}

/** One thing that somebody did; what changed by it when it is opened. Each part filters the list by itself. */
export function Row({ row, onFilter }: RowProps) {
  const { id, at, actor, action, target, result, before, after, address, request_id } = row;
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <li className="border-t border-line px-5 py-2 text-sm first:border-t-0">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
        <span className="w-14 text-xs text-ink-3 tnum">{id}</span>
        <Part name="actor" value={actor.name} onFilter={onFilter} className="font-medium" />
        <Part name="action" value={action} onFilter={onFilter} />
        <Part name="target" value={target} onFilter={onFilter} />
        {result === 'refused' && <span className="text-failed">refused</span>}
        <span className="ml-auto text-ink-3">
          <At time={at} />
        </span>
      </div>
      <details className="mt-0.5 text-xs text-ink-3 md:pl-17">
        <summary>{names.length === 0 ? 'Details' : brief(names)}</summary>
        {names.length > 0 && (
          <table className="mt-1 text-left">
            <tbody>
              {names.map((name) => (
                <tr key={name} className="align-top">
                  <th scope="row" className="pr-4 font-normal">
                    {name}
                  </th>
                  <td className="max-w-[36ch] pr-4 break-words text-ink-2">{text(before?.[name])}</td>
                  <td className="max-w-[36ch] break-words text-ink">{text(after?.[name])}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <p className="mt-1">
          {address !== null && <>from {address}, </>}
          request <span className="mono">{request_id ?? 'none'}</span>, hash{' '}
          <span className="mono">{row.hash.slice(0, 16)}…</span>
        </p>
      </details>
    </li>
  );
}

interface PartProps {
  readonly name: 'actor' | 'action' | 'target';
  readonly value: string;
  readonly onFilter: RowProps['onFilter'];
  readonly className?: string;
}

function Part({ name, value, onFilter, className = 'text-ink-2' }: PartProps) {
  return (
    <button
      type="button"
      title={`Only rows with ${value}`}
      className={`max-w-full truncate text-left hover:underline ${className}`}
      onClick={() => onFilter(name, value)}
    >
      {value}
    </button>
  );
}

const text = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

const MOST_NAMES = 6;

/** The first names of what has changed, and how many there are besides. */
const brief = (names: readonly string[]): string =>
  names.length <= MOST_NAMES
    ? names.join(', ')
    : `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
