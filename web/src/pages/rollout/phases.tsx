import type { RolloutDetail } from '../../api/queries/rollouts';
import { capOf, phaseName, soakText } from '../../api/rollout-phases';
import { classes } from '../../ui/classes';
import { count } from '../../ui/numbers';
import { Badge, type StatusName } from '../../ui/status';
import { Ago } from '../../ui/time';

interface PhasesProps {
  readonly rollout: RolloutDetail;
  readonly whole: number;
}

/** Who is next. After the last phase come all others. */
export function Phases({ rollout, whole }: PhasesProps) {
  const { phases, phase_index, phase_settled_at, state, counts, matched } = rollout;
  if (phases.length === 0) return null;
  const offered = counts.offered - counts.released;
  const steps = [
    ...phases.map((phase, index) => ({
      name: phaseName(phase),
      cap: Math.min(capOf(phases, index, matched), Math.max(matched, whole)),
      soak: phase.soak_minutes,
    })),
    { name: 'Everybody else', cap: Math.max(matched, whole), soak: 0 },
  ];
  return (
    <ol className="mt-4 grid grid-cols-[repeat(auto-fit,minmax(min(220px,100%),1fr))] gap-2">
      {steps.map(({ name, cap, soak }, index) => {
        const isCurrent = index === phase_index && state !== 'draft';
        const before = index === 0 ? 0 : (steps[index - 1]?.cap ?? 0);
        return (
          <li
            key={index}
            aria-current={isCurrent ? 'step' : undefined}
            className={classes(
              'grid content-start gap-1 rounded border p-3.5',
              isCurrent && state === 'halted'
                ? 'border-failed'
                : isCurrent && state === 'running'
                  ? 'border-updating'
                  : 'border-line',
            )}
          >
            <p className="flex flex-wrap items-center justify-between gap-2 text-sm font-medium">
              <span className="min-w-0">
                {index + 1}. {name}
              </span>
              <PhaseBadge index={index} rollout={rollout} />
            </p>
            <p className="text-sm text-ink-2 tnum">
              {index < phase_index || state === 'finished'
                ? `${count(Math.min(cap, offered))} offered`
                : isCurrent
                  ? `${count(Math.min(offered, cap))} of up to ${count(cap)} offered`
                  : `${count(Math.max(0, cap - before))} more, ${count(cap)} in all`}
            </p>
            {soak > 0 && (
              <p className="text-xs text-ink-3">
                {isCurrent && phase_settled_at !== null ? (
                  <>
                    Next <Ago time={new Date(Date.parse(phase_settled_at) + soak * 60_000).toISOString()} />,
                    if nothing more fails
                  </>
                ) : (
                  `then waits ${soakText(soak)}`
                )}
              </p>
            )}
          </li>
        );
      })}
    </ol>
  );
}

function PhaseBadge({ index, rollout }: { readonly index: number; readonly rollout: RolloutDetail }) {
  const { state, phase_index, phase_settled_at } = rollout;
  if (state === 'finished' || index < phase_index) return <Badge of="finished">Done</Badge>;
  if (state === 'draft' || index > phase_index + 1) return null;
  if (index === phase_index + 1) return state === 'running' ? <Badge of="waiting">Next</Badge> : null;
  const isSoaking = state === 'running' && phase_settled_at !== null;
  return <Badge of={state satisfies StatusName}>{isSoaking ? 'Soaks' : undefined}</Badge>;
}
