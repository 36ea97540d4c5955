import type { RolloutDetail } from '../../api/queries/rollouts';
import type { RolloutFigures } from '../../api/rollout-figures';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count, counted } from '../../ui/numbers';

/** What ends a rollout for ever. */
export type End = 'abort' | 'finish';

interface EndDialogProps {
  readonly end: End;
  readonly rollout: RolloutDetail;
  readonly figures: RolloutFigures;
  readonly onClose: () => void;
  readonly onConfirm: () => void;
}

/** Asks first, naming how many devices it is about: neither can be undone. */
export function EndDialog({ end, rollout, figures, onClose, onConfirm }: EndDialogProps) {
  const { id, firmware_version, target } = rollout;
  const { left, updating, confirmed } = figures;
  const release = firmware_version ?? 'its release';
  const commands = {
    ota: `rollout ${end} ${id} --yes`,
    method: 'POST',
    path: `/api/ota/admin/rollouts/${id}/${end}`,
  } as const;
  if (end === 'abort') {
    return (
      <ConfirmDialog
        open
        onClose={onClose}
        title={`Abort rollout ${id}?`}
        devices={left + updating}
        name={release}
        verb={`Abort rollout ${id}`}
        onConfirm={onConfirm}
        commands={commands}
      >
        <p>
          {release} is not served any more: {counted(left, 'device keeps', 'devices keep')} what they run, and{' '}
          {count(updating)} that {updating === 1 ? 'is' : 'are'} updating may not get it. The{' '}
          {counted(confirmed, 'device')} that confirmed stay on it. This cannot be undone.
        </p>
      </ConfirmDialog>
    );
  }
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Finish rollout ${id} now?`}
      devices={left}
      name={release}
      verb="Offer it to all of them"
      onConfirm={onConfirm}
      commands={commands}
    >
      <p>
        {release} is offered to all that are left, whatever the evidence, and nothing stops it any more.{' '}
        {target === null
          ? 'It becomes the stable version of its device type.'
          : `It stays in force for ${target}.`}{' '}
        This cannot be undone.
      </p>
    </ConfirmDialog>
  );
}
