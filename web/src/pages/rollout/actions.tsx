import { useState } from 'react';
import CircleCheck from '~icons/lucide/circle-check';
import Hand from '~icons/lucide/hand';
import Pause from '~icons/lucide/pause';
import Play from '~icons/lucide/play';
import Square from '~icons/lucide/square';
import { useQuery } from '@tanstack/react-query';
import { meQuery, useMay } from '../../api/queries/me';
import type {
  RolloutChange,
  RolloutDetail,
  useRolloutChange,
  useRolloutHold,
} from '../../api/queries/rollouts';
import type { RolloutFigures } from '../../api/rollout-figures';
import { useKeys } from '../../shell/keys';
import { AsCommand } from '../../ui/as-command';
import { Button, type ButtonProps } from '../../ui/button';
import type { Commands } from '../../ui/commands';
import { EndDialog, type End } from './end-dialog';
import { ResumeDialog } from './resume-dialog';

interface Act {
  readonly change: ReturnType<typeof useRolloutChange>;
  /** To pause, and to resume what was paused: what can be undone. */
  readonly hold: ReturnType<typeof useRolloutHold>;
  readonly isBusy: boolean;
}

interface ActionsProps {
  readonly rollout: RolloutDetail;
  readonly figures: RolloutFigures;
  readonly act: Act;
}

/** What can be done to it now. Who may not do it sees nothing of it. */
export function RolloutActions({ rollout, figures, act }: ActionsProps) {
  const { id, state, created_by, needs_approval } = rollout;
  const may = useMay('operator');
  const { data: me } = useQuery(meQuery);
  const [ending, setEnding] = useState<End | null>(null);
  const [isResuming, setResuming] = useState(false);
  const change = (action: RolloutChange['action']): void => act.change.mutate({ rollout, action });
  const hold = (action: 'pause' | 'resume'): void => act.hold.mutate({ rollout, action });
  const isMaker = me?.username === created_by;
  useKeys(
    !may || act.isBusy
      ? []
      : state === 'running'
        ? [{ keys: 'p', name: 'Pause the rollout', run: () => hold('pause') }]
        : state === 'paused'
          ? [{ keys: 'p', name: 'Resume the rollout', run: () => hold('resume') }]
          : [],
  );
  if (!may) {
    return <AsCommand ota={`rollout show ${id}`} path={`/api/ota/admin/rollouts/${id}`} />;
  }
  const busy = { disabled: act.isBusy } satisfies ButtonProps;
  const canEnd = state !== 'finished' && state !== 'aborted';
  const startWords = state === 'scheduled' ? 'Start now' : needs_approval ? 'Ask for approval' : 'Start';
  const command = (action: 'start' | 'approve' | 'pause' | 'resume', name: string): Commands => ({
    name,
    ota: `rollout ${action} ${id}`,
    method: 'POST',
    path: `/api/ota/admin/rollouts/${id}/${action}`,
    ...(action === 'resume' && { body: {} }),
  });
  const more: Readonly<Partial<Record<RolloutDetail['state'], readonly Commands[]>>> = {
    draft: [command('start', startWords)],
    scheduled: [command('start', startWords), command('pause', 'Pause')],
    waiting_for_approval: isMaker ? [] : [command('approve', 'Approve')],
    running: [command('pause', 'Pause')],
    paused: [command('resume', 'Resume')],
  };
  return (
    <>
      <AsCommand
        name="Show it"
        ota={`rollout show ${id}`}
        path={`/api/ota/admin/rollouts/${id}`}
        more={more[state] ?? []}
      />
      {canEnd && (
        <Button
          kind="danger"
          icon={<Square className="size-3.5" />}
          {...busy}
          onClick={() => setEnding('abort')}
        >
          Abort…
        </Button>
      )}
      {(state === 'running' || state === 'paused') && (
        <Button icon={<CircleCheck className="size-3.5" />} {...busy} onClick={() => setEnding('finish')}>
          Finish…
        </Button>
      )}
      {(state === 'running' || state === 'scheduled') && (
        <Button icon={<Pause className="size-3.5" />} {...busy} onClick={() => hold('pause')}>
          Pause
        </Button>
      )}
      {(state === 'draft' || state === 'scheduled') && (
        <Button kind="primary" icon={<Play className="size-3.5" />} {...busy} onClick={() => change('start')}>
          {startWords}
        </Button>
      )}
      {state === 'waiting_for_approval' && !isMaker && (
        <Button
          kind="primary"
          icon={<Hand className="size-3.5" />}
          {...busy}
          onClick={() => change('approve')}
        >
          Approve
        </Button>
      )}
      {state === 'paused' && (
        <Button kind="primary" icon={<Play className="size-3.5" />} {...busy} onClick={() => hold('resume')}>
          Resume
        </Button>
      )}
      {state === 'halted' && (
        <Button icon={<Play className="size-3.5" />} {...busy} onClick={() => setResuming(true)}>
          Resume anyway…
        </Button>
      )}
      {ending !== null && (
        <EndDialog
          end={ending}
          rollout={rollout}
          figures={figures}
          onClose={() => setEnding(null)}
          onConfirm={() => change(ending)}
        />
      )}
      {isResuming && (
        <ResumeDialog rollout={rollout} change={act.change} onClose={() => setResuming(false)} />
      )}
    </>
  );
}
