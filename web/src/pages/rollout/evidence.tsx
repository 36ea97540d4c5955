import type { EvidencePoint, RolloutDetail } from '../../api/queries/rollouts';
import { rate } from '../../api/rollout-figures';
import { EvidenceChart } from '../../charts/evidence-chart';
import { AsCommand } from '../../ui/as-command';
import { count } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { Skeleton } from '../../ui/states';

interface EvidenceProps {
  readonly rollout: RolloutDetail;
  readonly points: readonly EvidencePoint[] | undefined;
}

/** How the evidence against the release has come about, and how far it is from the bound. */
export function Evidence({ rollout, points }: EvidenceProps) {
  const { id, evidence, false_alarm_rate, max_failure_rate, state, parts } = rollout;
  const bound = Math.round(1 / false_alarm_rate);
  const present = points?.at(-1);
  // What a part has against it counts as well, so that it may be more than what the whole has.
  const most = Math.max(evidence, present?.evidence ?? 0);
  const worst = parts[0];
  const isOfPart = present !== undefined && evidence > present.evidence * 1.01 && worst !== undefined;
  return (
    <Panel
      title="Evidence that this release is bad"
      aside={
        <span className="flex items-center gap-2">
          <span className="max-sm:hidden">devices that count →</span>
          <AsCommand
            ota={`rollout evidence ${id}`}
            path={`/api/ota/admin/rollouts/${id}/evidence?points=100`}
          />
        </span>
      }
    >
      {points === undefined || present === undefined ? (
        <Skeleton lines={5} />
      ) : (
        <div className="px-5 pb-5">
          <EvidenceChart
            points={points}
            evidence={most}
            bound={bound}
            end={most < bound ? null : state === 'halted' ? 'halted' : 'beyond the bound'}
            label={findingOf(present, most, bound, max_failure_rate)}
          />
          <p className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-ink-2 tnum">
            <span>
              <Strong>{count(present.counted)}</Strong> devices count
            </span>
            <span>
              <Strong>{count(present.failed)}</Strong> failed, it stops at{' '}
              <Strong>{count(present.limit)}</Strong>
            </span>
            <span>
              evidence <Strong>{evidenceText(most)}</Strong> of {count(bound)}
            </span>
            <span className="text-ink-3">that more than {rate(max_failure_rate)} fail</span>
          </p>
          {isOfPart && (
            <p className="mt-1 text-sm text-ink-3">
              The line is of all devices together; the dot is of {worst.name}, which is watched on its own.
            </p>
          )}
        </div>
      )}
    </Panel>
  );
}

const Strong = ({ children }: { readonly children: string }) => (
  <strong className="font-semibold text-ink">{children}</strong>
);

function evidenceText(evidence: number): string {
  if (evidence < 0.01) return 'below 0.01';
  if (evidence >= 1_000_000) return 'over 1,000,000';
  return evidence < 10 ? String(Number(evidence.toPrecision(2))) : count(Math.floor(evidence));
}

/** The whole finding as a sentence. */
function findingOf(
  { counted, failed, limit }: EvidencePoint,
  evidence: number,
  bound: number,
  accepted: number,
): string {
  const is = evidence >= bound ? 'is beyond the bound' : 'is below the bound';
  return (
    `Of ${count(counted)} devices that count ${count(failed)} failed; the rollout stops at ${count(limit)}. ` +
    `The evidence that more than ${rate(accepted)} fail ${is}: ${evidenceText(evidence)} of ${count(bound)}.`
  );
}
