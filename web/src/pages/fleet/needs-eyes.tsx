import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Shape } from '../../api/client';
import { rolloutsQuery, type Rollout, type RolloutState } from '../../api/queries/rollouts';
import { rolloutName } from '../../api/rollout-figures';
import { ShareBar } from '../../charts/share-bar';
import { counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Badge, type StatusName } from '../../ui/status';
import { Ago } from '../../ui/time';

/** What waits for somebody before what goes on by itself. */
const STATES: readonly RolloutState[] = ['halted', 'waiting_for_approval', 'paused', 'running'];
const MOST = 20;

const DEVICES: readonly { readonly status: StatusName; readonly text: string }[] = [
  { status: 'pending', text: 'wait to be accepted' },
  { status: 'silent', text: 'missed three of their own checks' },
  { status: 'blocked', text: 'are blocked' },
];

/** What somebody should look at, what is worst first. Nothing is shown when there is nothing. */
export function NeedsEyes({ fleet }: { readonly fleet: Shape<'FleetSummaryResponse'> }) {
  const lists = useQueries({ queries: STATES.map((state) => rolloutsQuery({ state, limit: MOST })) });
  const rollouts = lists.flatMap(({ data }) => data?.rows ?? []);
  const devices = DEVICES.filter(({ status }) => (fleet.by_status[status] ?? 0) > 0);
  if (rollouts.length === 0 && devices.length === 0) return null;
  return (
    <Panel title="Needs your eyes">
      <ul>
        {rollouts.map((rollout) => (
          <RolloutRow key={rollout.id} rollout={rollout} />
        ))}
        {devices.map(({ status, text }) => {
          const number = fleet.by_status[status] ?? 0;
          return (
            <Row key={status}>
              <Link
                to="/devices"
                search={{ q: `status:${status}` }}
                className="min-w-0 text-base after:absolute after:inset-0"
              >
                {counted(number, 'device')} {number === 1 ? text.replace(/^(wait|are)\b/, singular) : text}
              </Link>
              <span>
                <Badge of={status} />
              </span>
              <span />
              <span />
            </Row>
          );
        })}
      </ul>
    </Panel>
  );
}

const singular = (verb: string): string => (verb === 'are' ? 'is' : `${verb}s`);

function Row({ children }: { readonly children: ReactNode }) {
  return (
    <li className="relative grid min-h-12 grid-cols-[1fr_auto] items-center gap-x-4 gap-y-1 border-t border-line px-5 py-2.5 hover:bg-sunken/60 md:grid-cols-[minmax(160px,320px)_150px_1fr_80px]">
      {children}
    </li>
  );
}

function RolloutRow({ rollout }: { readonly rollout: Rollout }) {
  const { id, state, counts, matched, line, started_at, created_at, halted_at } = rollout;
  return (
    <Row>
      <Link
        to="/rollouts/$id"
        params={{ id: String(id) }}
        className="min-w-0 truncate text-base font-medium after:absolute after:inset-0"
      >
        {rolloutName(rollout)}
      </Link>
      <span>
        <Badge of={state} />
      </span>
      <span className="col-span-2 md:col-span-1">
        <ShareBar
          label={line}
          total={Math.max(1, matched)}
          shares={[
            { key: 'confirmed', value: counts.confirmed, color: 'bg-ok' },
            { key: 'pending', value: counts.pending, color: 'bg-updating' },
            { key: 'silent', value: counts.silent, color: 'bg-silent' },
            { key: 'failed', value: counts.failed, color: 'bg-failed' },
          ]}
        />
      </span>
      <span className="hidden text-right text-sm text-ink-3 md:block">
        <Ago time={(state === 'halted' ? halted_at : null) ?? started_at ?? created_at} />
      </span>
    </Row>
  );
}
