import { useState } from 'react';
import { asProblem } from '../../api/problem';
import type { RolloutDetail, useRolloutChange } from '../../api/queries/rollouts';
import { rate } from '../../api/rollout-figures';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';

interface ResumeDialogProps {
  readonly rollout: RolloutDetail;
  readonly change: ReturnType<typeof useRolloutChange>;
  readonly onClose: () => void;
}

/** Asks what has changed since it stopped itself: devices were excused, or more may fail than before. */
export function ResumeDialog({ rollout, change, onClose }: ResumeDialogProps) {
  const { id, max_failure_rate, counts } = rollout;
  const [text, setText] = useState('');
  const problem = change.error && asProblem(change.error);
  const percent = Number(text.trim().replace(',', '.'));
  const share = text.trim() === '' ? undefined : Number((percent / 100).toPrecision(12));
  const isFault = share !== undefined && !(share > max_failure_rate && share <= 0.5);
  const body = share === undefined || isFault ? {} : { max_failure_rate: share };
  return (
    <Dialog open onClose={onClose} title={`Resume rollout ${id}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isFault) return;
          change.mutate(
            { rollout, action: 'resume', ...(share !== undefined && { maxFailureRate: share }) },
            { onSuccess: onClose },
          );
        }}
      >
        <p className="mt-2 mb-4 text-sm text-ink-2">
          It stopped itself, and does not go on unless something has changed: devices were excused that failed
          for another reason ({counts.excused} so far), or more may fail than was thought.
        </p>
        <TextField
          label="Devices in 100 that may fail"
          inputMode="decimal"
          autoComplete="off"
          autoFocus
          placeholder={`${rate(max_failure_rate).replace(' %', '')}, as before`}
          value={text}
          fault={
            isFault
              ? `It can only be raised: more than ${rate(max_failure_rate).replace(' %', '')}, at most 50.`
              : problem
                ? (problem.of('max_failure_rate') ?? problem.detail)
                : undefined
          }
          help="Its counts are kept. Leave it empty to resume because devices were excused."
          onChange={(event) => {
            setText(event.target.value);
            // What was refused is not what stands there now.
            change.reset();
          }}
        />
        <div className="mt-5 flex items-center justify-end gap-2">
          <AsCommand
            ota={`rollout resume ${id}${'max_failure_rate' in body ? ` --max-failure-rate ${body.max_failure_rate}` : ''}`}
            method="POST"
            path={`/api/ota/admin/rollouts/${id}/resume`}
            body={body}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={isFault || change.isPending}>
            Resume rollout {id}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
