import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import {
  evidenceQuery,
  factorsQuery,
  rolloutQuery,
  stateAfter,
  useRolloutChange,
  useRolloutHold,
  type RolloutDetail,
} from '../../api/queries/rollouts';
import { figuresOf, rolloutName } from '../../api/rollout-figures';
import { PageBody, PageHead, Panel } from '../../ui/page';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Badge } from '../../ui/status';
import { RolloutActions } from './actions';
import { Choice } from './choice';
import { Evidence } from './evidence';
import { Factors } from './factors';
import { FailedHow } from './failed-how';
import { History } from './history';
import { Notice } from './notice';
import { OfferedDevices } from './offered-devices';
import { Progress } from './progress';

export default function RolloutPage(): ReactNode {
  const { id } = useParams({ from: '/rollouts/$id' });
  const { data, error, refetch } = useQuery(rolloutQuery(Number(id)));
  if (data) return <LoadedRollout seen={data} />;
  return (
    <>
      <PageHead title={`Rollout ${id}`} />
      <PageBody>
        <Panel>
          {!error ? (
            <Skeleton lines={6} />
          ) : asProblem(error).status === 404 ? (
            <EmptyState title={asProblem(error).detail}>
              <Link to="/rollouts" className="text-accent underline">
                To the rollouts
              </Link>
            </EmptyState>
          ) : (
            <Fault problem={asProblem(error)} onRetry={() => void refetch()} />
          )}
        </Panel>
      </PageBody>
    </>
  );
}

function LoadedRollout({ seen }: { readonly seen: RolloutDetail }) {
  const change = useRolloutChange();
  const hold = useRolloutHold();
  const asked = hold.isPending ? hold.variables : null;
  // What was asked for is shown until the server has answered, whatever is read meanwhile.
  const rollout = asked === null ? seen : { ...seen, state: stateAfter(asked.rollout, asked.action) };
  const { id, state, counts } = rollout;
  const figures = figuresOf(rollout, state);
  const hasBegun = counts.offered > 0;
  const bad = counts.failed + counts.silent;
  const { data: points } = useQuery({ ...evidenceQuery(id), enabled: hasBegun });
  const { data: factors } = useQuery(factorsQuery(id, bad));
  const act = { change, hold, isBusy: hold.isPending || change.isPending };

  return (
    <>
      <PageHead
        title={<span className="line-clamp-2">{rolloutName(rollout)}</span>}
        name={rolloutName(rollout)}
        note={
          <span className="flex items-center gap-2.5">
            <Badge of={state} />
            Rollout {id}
          </span>
        }
      >
        <RolloutActions rollout={rollout} figures={figures} act={act} />
      </PageHead>
      <PageBody>
        <Notice rollout={rollout} figures={figures} points={points} factors={bad > 0 ? factors : undefined} />
        <Progress rollout={rollout} figures={figures} />
        {hasBegun && <Evidence rollout={rollout} points={points} />}
        {bad > 0 && (
          <div className="grid items-start gap-4 md:grid-cols-2">
            <FailedHow rollout={rollout} />
            <Factors rollout={rollout} factors={factors} />
          </div>
        )}
        {hasBegun && <OfferedDevices rollout={rollout} />}
        <Choice rollout={rollout} />
        <History rollout={rollout} />
      </PageBody>
    </>
  );
}
