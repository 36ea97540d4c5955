import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import { groupsQuery, type Group } from '../../api/queries/groups';
import { useMay } from '../../api/queries/me';
import { useKeys } from '../../shell/keys';
import type { TextSearch } from '../../search';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { classes } from '../../ui/classes';
import { count, counted } from '../../ui/numbers';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { GroupDetails } from './group-details';
import { NewGroup } from './new-group';

/** The groups of devices; the one that is open stands in the address. */
export default function GroupsPage(): ReactNode {
  const { id } = useSearch({ from: '/groups' }) as TextSearch<'id'>;
  const navigate = useNavigate();
  const { data, error } = useQuery(groupsQuery);
  const mayChange = useMay('operator');
  const [creates, setCreates] = useState(false);
  const open = (group: number | null): void =>
    void navigate({ to: '/groups', search: group === null ? {} : { id: String(group) } });
  useKeys(mayChange ? [{ keys: 'n', name: 'New group', run: () => setCreates(true) }] : []);
  const groups = data?.rows ?? [];
  return (
    <>
      <PageHead title="Groups" note={data ? count(data.total) : undefined}>
        <AsCommand ota="group list" path="/api/ota/admin/groups" />
        {mayChange && (
          <Button kind="primary" onClick={() => setCreates(true)}>
            New group…
          </Button>
        )}
      </PageHead>
      <PageBody>
        <Panel>
          {error && !data ? (
            <Fault problem={asProblem(error)} />
          ) : !data ? (
            <Skeleton />
          ) : groups.length === 0 ? (
            <EmptyState title="There are no groups yet.">
              A group gives devices a name together: those that a filter finds at each moment, or those of a
              list. Filters and rollouts name it. As a command:{' '}
              <code>ota group create Munich --filter &quot;tag:munich&quot;</code>
            </EmptyState>
          ) : (
            <ul>
              {groups.map((group) => (
                <GroupRow
                  key={group.id}
                  group={group}
                  isOpen={String(group.id) === id}
                  mayChange={mayChange}
                  onToggle={() => open(String(group.id) === id ? null : group.id)}
                  onDeleted={() => open(null)}
                />
              ))}
            </ul>
          )}
        </Panel>
      </PageBody>
      <NewGroup open={creates} onClose={() => setCreates(false)} onCreated={open} />
    </>
  );
}

interface GroupRowProps {
  readonly group: Group;
  readonly isOpen: boolean;
  readonly mayChange: boolean;
  readonly onToggle: () => void;
  readonly onDeleted: () => void;
}

function GroupRow({ group, isOpen, mayChange, onToggle, onDeleted }: GroupRowProps) {
  const { name, description, filter, count: devices } = group;
  return (
    <li className={classes('border-b border-line last:border-0', isOpen && 'bg-canvas')}>
      <div className="flex items-center gap-3 px-5 py-3">
        <button
          type="button"
          aria-expanded={isOpen}
          onClick={onToggle}
          className="grid min-w-0 flex-1 gap-x-4 text-left text-sm sm:grid-cols-[minmax(0,1fr)_minmax(0,1.4fr)]"
        >
          <span className="min-w-0 truncate">
            <bdi className="font-medium">{name}</bdi>
            {description !== null && <bdi className="ml-2 text-ink-3">{description}</bdi>}
          </span>
          <span className="min-w-0 truncate text-ink-3">
            {filter === null ? (
              'A list of members'
            ) : (
              <code className="text-xs">{filter === '' ? 'all devices' : filter}</code>
            )}
          </span>
        </button>
        <Link
          to="/devices"
          search={{ group: name }}
          className="w-28 shrink-0 text-right text-sm text-accent tnum hover:underline"
        >
          {devices === null ? 'Not counted' : counted(devices, 'device')}
        </Link>
      </div>
      {isOpen && <GroupDetails group={group} mayChange={mayChange} onDeleted={onDeleted} />}
    </li>
  );
}
