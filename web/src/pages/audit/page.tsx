import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { asProblem } from '../../api/problem';
import { auditHeadQuery, auditQuery, type AuditFilter, type AuditRow } from '../../api/queries/audit';
import { useMay } from '../../api/queries/me';
import { NeedsRole } from '../../shell/needs-role';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { CopyButton } from '../../ui/copy';
import { TextField } from '../../ui/field';
import { count } from '../../ui/numbers';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { ChainBadge } from './chain-badge';
import { Row } from './row';
import { search } from './search';

const NAMES = ['actor', 'action', 'target'] as const;
const LABELS = { actor: 'Who', action: 'What', target: 'To what' } as const;
const EXAMPLES = { actor: 'anna, anna/ci', action: 'firmware.change', target: 'firmware:12' } as const;

/** Who did what, the newest first, and whether the chain of its rows is whole. */
export default function AuditPage() {
  const may = useMay('admin');
  return (
    <>
      {!may && <PageHead title="Audit" />}
      <NeedsRole role="admin" what="To read the audit log">
        <Audit />
      </NeedsRole>
    </>
  );
}

function Audit() {
  const filter = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const list = useInfiniteQuery(auditQuery(filter));
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = list.data?.pages[0]?.total;
  const set = (name: (typeof NAMES)[number], value: string): void =>
    void navigate({ search: search({ ...filter, [name]: value.trim() }) });
  return (
    <>
      <PageHead title="Audit" note={total !== undefined && `${count(total)} ${total === 1 ? 'row' : 'rows'}`}>
        <AsCommand ota={commandOf(filter)} path={`/api/ota/admin/audit${queryOf(filter)}`} />
      </PageHead>
      <PageBody>
        <Chain />
        <form className="grid gap-3 md:grid-cols-3" onSubmit={(event) => event.preventDefault()}>
          {NAMES.map((name) => (
            <TextField
              key={`${name} ${filter[name] ?? ''}`}
              label={LABELS[name]}
              placeholder={EXAMPLES[name]}
              defaultValue={filter[name] ?? ''}
              autoComplete="off"
              onBlur={(event) => event.target.value !== (filter[name] ?? '') && set(name, event.target.value)}
              onKeyDown={(event) => event.key === 'Enter' && set(name, event.currentTarget.value)}
            />
          ))}
        </form>
        <Panel>
          {list.error && <Fault problem={asProblem(list.error)} onRetry={() => void list.refetch()} />}
          {list.isPending && <Skeleton lines={8} />}
          {total === 0 && (
            <EmptyState title="Nothing is recorded that matches.">
              Filters must match exactly: <code>firmware.change</code>, <code>firmware:12</code>.
            </EmptyState>
          )}
          <ol>
            {rows.map((row: AuditRow) => (
              <Row key={row.id} row={row} onFilter={set} />
            ))}
          </ol>
          {list.hasNextPage && (
            <div className="border-t border-line p-3 text-center">
              <Button disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {list.isFetchingNextPage ? 'Loading' : 'Older rows'}
              </Button>
            </div>
          )}
        </Panel>
      </PageBody>
    </>
  );
}

function Chain() {
  const { data } = useQuery(auditHeadQuery);
  if (!data || data.last_id === 0) return null;
  return (
    <Panel
      title="Chain"
      aside={
        <span className="flex items-center gap-2">
          <ChainBadge />
          <AsCommand ota="audit verify" path="/api/ota/admin/audit/head" />
        </span>
      }
    >
      <div className="grid grid-cols-[minmax(0,1fr)] gap-2 px-5 pb-4 text-sm text-ink-2">
        <p className="max-w-[80ch]">
          Each row contains the hash of the row before it. Whoever keeps the hash of the newest one elsewhere
          can prove every later change.
        </p>
        <p className="flex items-center gap-1 rounded bg-sunken py-0.5 pr-1 pl-3 text-xs">
          <span className="shrink-0 text-ink-3 tnum">Row {count(data.last_id)}</span>
          <span className="mono min-w-0 flex-1 truncate pl-2" title={data.last_hash}>
            {data.last_hash}
          </span>
          <CopyButton text={`${data.last_id} ${data.last_hash}`} label="Copy the newest row's hash" />
        </p>
      </div>
    </Panel>
  );
}

const FLAGS = { actor: '--actor', action: '--action', target: '--target' } as const;

function commandOf(filter: AuditFilter): string {
  const words = NAMES.flatMap((name) => {
    const value = filter[name];
    return value === undefined ? [] : [FLAGS[name], shellWord(value)];
  });
  return ['audit', ...words].join(' ');
}

function queryOf(filter: AuditFilter): string {
  const text = new URLSearchParams(Object.entries(filter) as [string, string][]).toString();
  return text === '' ? '' : `?${text}`;
}
