import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { useExcuse, type RolloutDetail } from '../../api/queries/rollouts';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';

interface ExcuseDialogProps {
  readonly rollout: RolloutDetail;
  readonly deviceIds: readonly number[];
  readonly onClose: () => void;
  readonly onDone: () => void;
}

/** Asks why devices failed for another reason than the release: it stands in the audit log, and beside each of them. */
export function ExcuseDialog({ rollout, deviceIds, onClose, onDone }: ExcuseDialogProps) {
  const { id, state } = rollout;
  const [reason, setReason] = useState('');
  const excuse = useExcuse();
  const problem = excuse.error && asProblem(excuse.error);
  const devices = counted(deviceIds.length, 'device');
  const words = reason.trim();
  return (
    <Dialog open onClose={onClose} title={`Excuse ${devices} of rollout ${id}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          excuse.mutate({ rollout, deviceIds, reason: words }, { onSuccess: onDone });
        }}
      >
        <p className="mt-2 mb-4 text-sm text-ink-2">
          They failed for another reason than the release, so that they do not count any more.{' '}
          {state === 'halted' ? 'The rollout stays halted until you resume it. ' : ''}This cannot be undone.
        </p>
        <TextField
          label="What was the reason?"
          placeholder="The workshop had no power"
          value={reason}
          maxLength={500}
          required
          autoFocus
          fault={problem ? (problem.of('reason') ?? problem.detail) : undefined}
          onChange={(event) => setReason(event.target.value)}
        />
        <div className="mt-5 flex items-center justify-end gap-2">
          <AsCommand
            ota={`rollout excuse ${id} --device ${deviceIds.join(' ')} --reason ${shellWord(words === '' ? 'no power' : words)}`}
            method="POST"
            path={`/api/ota/admin/rollouts/${id}/excuse`}
            body={{ device_ids: deviceIds, reason: words === '' ? 'no power' : words }}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={words === '' || excuse.isPending}>
            Excuse {devices}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
