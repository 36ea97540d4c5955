import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import Plus from '~icons/lucide/plus';
import { asProblem } from '../../api/problem';
import { useMay } from '../../api/queries/me';
import { rolloutsQuery, type Rollout, type RolloutState } from '../../api/queries/rollouts';
import { needsEyes } from '../../api/rollout-figures';
import { useKeys } from '../../shell/keys';
import { AsCommand } from '../../ui/as-command';
import { Button, buttonLook } from '../../ui/button';
import { Chip } from '../../ui/chip';
import { count } from '../../ui/numbers';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { moveRows } from './move-rows';
import { RolloutRow } from './rollout-row';

const OPEN = ['halted', 'waiting_for_approval', 'paused', 'running', 'scheduled', 'draft'] as const;
const ENDED = ['finished', 'aborted'] as const;
const STATES: readonly (readonly [RolloutState, string])[] = [
  ['running', 'Running'],
  ['halted', 'Halted'],
  ['paused', 'Paused'],
  ['waiting_for_approval', 'Waiting for approval'],
  ['scheduled', 'Scheduled'],
  ['draft', 'Drafts'],
  ['finished', 'Finished'],
  ['aborted', 'Aborted'],
];
/** Of those that have not ended there are few: a release has at most one. */
const MOST_OPEN = 200;
const ENDED_AT_FIRST = 25;

export default function RolloutsPage(): ReactNode {
  const { state = '' } = useSearch({ from: '/rollouts' });
  const navigate = useNavigate();
  const mayMake = useMay('operator');
  const [ended, setEnded] = useState(ENDED_AT_FIRST);
  const chosen = STATES.map(([name]) => name).filter((name) => state.split(',').includes(name));
  const isShown = (name: RolloutState): boolean => chosen.length === 0 || chosen.includes(name);
  const openStates = OPEN.filter(isShown);
  const endedStates = ENDED.filter(isShown);
  const open = useQuery({
    ...rolloutsQuery({ state: openStates.join(), limit: MOST_OPEN }),
    enabled: openStates.length > 0,
  });
  const over = useQuery({
    ...rolloutsQuery({ state: endedStates.join(), limit: ended }),
    enabled: endedStates.length > 0,
  });
  useKeys(
    mayMake ? [{ keys: 'n', name: 'New rollout', run: () => void navigate({ to: '/rollouts/new' }) }] : [],
  );

  const toggle = (name: RolloutState): void => {
    const next = chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name];
    void navigate({ to: '/rollouts', search: next.length === 0 ? {} : { state: next.join() } });
  };
  const error = open.error ?? over.error;
  const rows = [
    ...(openStates.length > 0 ? (open.data?.rows ?? []) : []),
    ...(endedStates.length > 0 ? (over.data?.rows ?? []) : []),
  ];
  const isLoading = open.isLoading || over.isLoading;
  const total = (openStates.length > 0 ? (open.data?.total ?? 0) : 0) + (over.data?.total ?? 0);
  const eyes = rows
    .filter((row) => needsEyes(row) && isOpen(row))
    .sort((a, b) => urgencyOf(a) - urgencyOf(b) || b.id - a.id);
  const underWay = rows.filter(
    (row) => !eyes.includes(row) && (row.state === 'running' || row.state === 'scheduled'),
  );
  const drafts = rows.filter((row) => !eyes.includes(row) && row.state === 'draft');
  const done = rows.filter((row) => !isOpen(row));

  return (
    <>
      <PageHead title="Rollouts" note={isLoading ? undefined : count(total)}>
        <AsCommand {...listCommand(chosen)} />
        {mayMake && (
          <Link to="/rollouts/new" className={buttonLook('primary')}>
            <Plus className="size-4" aria-hidden="true" />
            New rollout
          </Link>
        )}
      </PageHead>
      <PageBody>
        <div
          role="group"
          aria-label="Only those that are"
          className="-mx-4 flex gap-1.5 overflow-x-auto px-4 md:mx-0 md:flex-wrap md:px-0"
        >
          {STATES.map(([name, words]) => (
            <Chip key={name} pressed={chosen.includes(name)} onToggle={() => toggle(name)}>
              {words}
            </Chip>
          ))}
        </div>
        {error && (
          <Panel>
            <Fault
              problem={asProblem(error)}
              onRetry={() => void Promise.all([open.refetch(), over.refetch()])}
            />
          </Panel>
        )}
        {isLoading && rows.length === 0 && (
          <Panel>
            <Skeleton lines={5} />
          </Panel>
        )}
        {!isLoading && !error && rows.length === 0 && (
          <Panel>
            {chosen.length > 0 ? (
              <EmptyState title="No rollout is in this state.">
                <Button onClick={() => void navigate({ to: '/rollouts' })}>Show all</Button>
              </EmptyState>
            ) : (
              <NoRollouts mayMake={mayMake} />
            )}
          </Panel>
        )}
        <div className="grid gap-4" onKeyDown={moveRows}>
          <Group title="Needs your eyes" rows={eyes} />
          <Group title="Under way" rows={underWay} />
          <Group title="Drafts" rows={drafts} />
          <Group title="Ended" rows={done} />
        </div>
        {over.data && over.data.total > over.data.rows.length && (
          <Button className="justify-self-center" onClick={() => setEnded(ended + 100)}>
            Show more of the {count(over.data.total)} that have ended
          </Button>
        )}
      </PageBody>
    </>
  );
}

const isOpen = ({ state }: Rollout): boolean => state !== 'finished' && state !== 'aborted';

/** What stopped itself comes first; what somebody paused comes last. */
function urgencyOf({ state, blocked_because }: Rollout): number {
  if (state === 'halted') return 0;
  if (blocked_because !== null) return 1;
  return state === 'waiting_for_approval' ? 2 : 3;
}

/** The command knows one state at a time. */
function listCommand(chosen: readonly RolloutState[]) {
  const [only] = chosen;
  return {
    ota: only !== undefined && chosen.length === 1 ? `rollout list --state ${only}` : 'rollout list',
    path: `/api/ota/admin/rollouts${chosen.length > 0 ? `?state=${chosen.join()}` : ''}`,
  };
}

function Group({ title, rows }: { readonly title: string; readonly rows: readonly Rollout[] }) {
  if (rows.length === 0) return null;
  return (
    <Panel title={title} aside={<span className="tnum">{count(rows.length)}</span>}>
      <ul>
        {rows.map((rollout) => (
          <RolloutRow key={rollout.id} rollout={rollout} />
        ))}
      </ul>
    </Panel>
  );
}

function NoRollouts({ mayMake }: { readonly mayMake: boolean }) {
  return (
    <EmptyState title="There is no rollout yet.">
      <p>
        A rollout offers a release to a few devices first, and to more as soon as those have confirmed that
        they run it. When clearly more fail than you accept, it stops itself.
      </p>
      {mayMake && (
        <p className="mt-4">
          <Link to="/rollouts/new" className={buttonLook('primary')}>
            Make the first one
          </Link>
        </p>
      )}
      <p className="mt-4">
        Or in a terminal:{' '}
        <code className="rounded bg-sunken px-1.5 py-0.5 text-ink-2">ota rollout create 7 --start</code>,
        where 7 is the id of a release.
      </p>
    </EmptyState>
  );
}
