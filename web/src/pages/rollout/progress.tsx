import type { RolloutDetail } from '../../api/queries/rollouts';
import { sharesOf, type RolloutFigures } from '../../api/rollout-figures';
import { count, percent } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { ShareBar } from '../../charts/share-bar';
import { Status } from '../../ui/status';
import { Phases } from './phases';

interface ProgressProps {
  readonly rollout: RolloutDetail;
  readonly figures: RolloutFigures;
}

/** How far it has come, in numbers and in the server's own words. */
export function Progress({ rollout, figures }: ProgressProps) {
  const { state, line, counts } = rollout;
  const { confirmed, updating, failed, silent, excused, left, whole } = figures;
  const ofLeft =
    state === 'halted' || state === 'aborted'
      ? 'spared'
      : state === 'finished'
        ? 'not reached'
        : 'not offered yet';
  return (
    <Panel>
      <div className="p-5">
        <div className="flex flex-wrap items-baseline gap-x-6 gap-y-1.5 text-base tnum">
          <p className="text-2xl font-semibold">{percent(confirmed, whole)}</p>
          <Status of="confirmed">
            {count(confirmed)} of {count(whole)} confirmed
          </Status>
          <Status of="updating">{count(updating)} updating</Status>
          {failed > 0 && <Status of="failed">{count(failed)} failed</Status>}
          {silent > 0 && <Status of="silent">{count(silent)} silent</Status>}
          {excused > 0 && <Status of="unknown">{count(excused)} excused</Status>}
          <Status of="waiting">
            {count(left)} {ofLeft}
          </Status>
        </div>
        <div className="mt-3">
          <ShareBar
            thick
            total={whole}
            shares={sharesOf(figures)}
            label={`${count(confirmed)} of ${count(whole)} confirmed, ${count(updating)} updating, ${count(failed)} failed, ${count(silent)} silent, ${count(left)} ${ofLeft}`}
          />
        </div>
        {counts.offered > 0 && <p className="mt-3 text-sm text-ink-2 tnum">{line}</p>}
        <Phases rollout={rollout} whole={whole} />
      </div>
    </Panel>
  );
}
