import { Link } from '@tanstack/react-router';
import type { RolloutDetail } from '../../api/queries/rollouts';
import { AsCommand } from '../../ui/as-command';
import { counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Status } from '../../ui/status';

const WORST_PARTS = 5;

/** How many failed in which way, and which parts of the fleet come near their own limit. */
export function FailedHow({ rollout }: { readonly rollout: RolloutDetail }) {
  const { id, counts, counted_failures, parts } = rollout;
  const bad = parts.filter((part) => part.counted_failures > 0).slice(0, WORST_PARTS);
  const ways = (['failed', 'silent', 'excused'] as const).filter((state) => counts[state] > 0);
  return (
    <Panel
      title="How they failed"
      aside={<AsCommand ota={`rollout show ${id}`} path={`/api/ota/admin/rollouts/${id}`} />}
    >
      <ul className="px-5 pb-3">
        {ways.map((state) => (
          <li key={state} className="flex items-center justify-between border-t border-line py-2.5 text-sm">
            <Status of={state === 'excused' ? 'unknown' : state}>{WORDS[state]}</Status>
            <Link
              to="/rollouts/$id"
              params={{ id: String(id) }}
              search={{ state }}
              hash="devices"
              className="text-accent underline tnum"
            >
              {counted(counts[state], 'device')}
            </Link>
          </li>
        ))}
      </ul>
      {counted_failures < counts.failed + counts.silent && (
        <p className="px-5 pb-4 text-sm text-ink-3">
          They count as {counted_failures}: silent devices of one site that began in the same hour count once.
        </p>
      )}
      {bad.length > 0 && (
        <div className="px-5 pb-4">
          <h3 className="text-xs font-medium text-ink-3">Watched on their own</h3>
          <ul>
            {bad.map((part) => (
              <li
                key={part.name}
                className="flex flex-wrap justify-between gap-x-4 border-t border-line py-2 text-sm first:border-0"
              >
                <span className="min-w-0">{part.name}</span>
                <span className="text-ink-2 tnum">
                  {part.counted_failures} of {part.offered} failed, stops at {part.limit}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Panel>
  );
}

const WORDS = {
  failed: 'Rolled back, or could not take it',
  silent: 'Silent since the install',
  excused: 'Excused',
} as const;
