import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import {
  canUndo,
  partsOf,
  useBlockDevices,
  useForgetDevices,
  useLabelDevices,
  type Chosen,
} from '../../api/queries/device-bulk';
import { useMay } from '../../api/queries/me';
import { AsCommand } from '../../ui/as-command';
import { Button, buttonLook } from '../../ui/button';
import type { Commands } from '../../ui/commands';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { count, counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';
import { LabelDialog, type LabelKind } from './label-dialog';

interface BulkBarProps {
  readonly chosen: Chosen;
  /** How many devices are chosen. */
  readonly devices: number;
  /** How many the list has in all. */
  readonly total: number;
  readonly onChooseAll: () => void;
  readonly onClear: () => void;
  readonly onDone: () => void;
}

/** What can be done to the chosen devices, and to how many. */
export function BulkBar({ chosen, devices, total, onChooseAll, onClear, onDone }: BulkBarProps) {
  const isAdmin = useMay('admin');
  const [label, setLabel] = useState<LabelKind | null>(null);
  const [asks, setAsks] = useState<'block' | 'unblock' | 'forget' | null>(null);
  const isUndoable = canUndo(devices);
  const labelDevices = useLabelDevices(isUndoable);
  const blockDevices = useBlockDevices();
  const forgetDevices = useForgetDevices();
  const isBusy = labelDevices.isPending || blockDevices.isPending || forgetDevices.isPending;
  const filter = partsOf(chosen)
    .map(({ q }) => q)
    .join(' OR ');
  const name = 'q' in chosen ? 'all' : 'these';
  const many = counted(devices, 'device');
  // The command takes no empty filter for all devices.
  const all = filter === '' ? 'id:1..*' : filter;
  const listQuery = new URLSearchParams({ q: filter }).toString();
  const bulk = (ota: string, change: object): Commands => ({
    ota,
    method: 'POST',
    path: '/api/ota/admin/devices/bulk',
    body: { q: filter, expect: devices, ...change },
  });
  const each = (decision: string): string =>
    `devices ${shellWord(all)} --all --format tsv | tail -n +2 | cut -f1 | xargs -n1 ota device ${decision}`;
  return (
    <div
      role="region"
      aria-label="Selection"
      className="flex shrink-0 flex-wrap items-center gap-2 border-t border-line bg-tint px-4 py-2 text-sm md:px-6"
    >
      <span role="status" className="tnum font-medium">
        {count(devices)} selected
      </span>
      {!('q' in chosen) && devices < total && (
        <Button kind="quiet" onClick={onChooseAll}>
          Select all {count(total)} that match
        </Button>
      )}
      <Button kind="quiet" onClick={onClear}>
        Clear
      </Button>
      <span className="ml-auto flex flex-wrap items-center gap-1.5">
        <AsCommand ota={`devices ${shellWord(all)}`} path={`/api/ota/admin/devices?${listQuery}`} />
        <Link to="/rollouts/new" search={{ target: filter }} className={buttonLook()}>
          Roll out to them…
        </Link>
        <Button disabled={isBusy} onClick={() => setLabel('tag')}>
          Tag…
        </Button>
        <Button disabled={isBusy} onClick={() => setLabel('untag')}>
          Remove tag…
        </Button>
        <Button disabled={isBusy} onClick={() => setLabel('channel')}>
          Channel…
        </Button>
        <Button disabled={isBusy} onClick={() => setAsks('unblock')}>
          Unblock…
        </Button>
        <Button disabled={isBusy} kind="danger" onClick={() => setAsks('block')}>
          Block…
        </Button>
        {isAdmin && (
          <Button disabled={isBusy} kind="danger" onClick={() => setAsks('forget')}>
            Forget…
          </Button>
        )}
      </span>
      <LabelDialog
        kind={label}
        onClose={() => setLabel(null)}
        devices={devices}
        isUndoable={isUndoable}
        filter={all}
        onChange={(change) => labelDevices.mutate({ of: chosen, change }, { onSuccess: onDone })}
      />
      <ConfirmDialog
        open={asks === 'block'}
        onClose={() => setAsks(null)}
        title={`Block ${many}?`}
        devices={devices}
        name={name}
        verb={`Block ${many}`}
        commands={bulk(each('block'), { block: true })}
        onConfirm={() => blockDevices.mutate({ of: chosen, block: true }, { onSuccess: onDone })}
      >
        They get no update and no download until somebody unblocks them. Their reports are kept.
      </ConfirmDialog>
      <ConfirmDialog
        open={asks === 'unblock'}
        onClose={() => setAsks(null)}
        title={`Unblock ${many}?`}
        devices={devices}
        name={name}
        verb={`Unblock ${many}`}
        commands={bulk(each('unblock'), { block: false })}
        onConfirm={() => blockDevices.mutate({ of: chosen, block: false }, { onSuccess: onDone })}
      >
        They are served as before they were blocked. Those that are not blocked stay as they are.
      </ConfirmDialog>
      <ConfirmDialog
        open={asks === 'forget'}
        onClose={() => setAsks(null)}
        title={`Forget ${many}?`}
        devices={devices}
        name={name}
        verb={`Forget ${many}`}
        commands={bulk(`forget ${filter === '' ? '--every' : shellWord(filter)} --yes`, { delete: true })}
        onConfirm={() => forgetDevices.mutate({ of: chosen }, { onSuccess: onDone })}
      >
        They are deleted with their attempts. A device that checks again is a new one; revoked tokens remain
        revoked, and blocked devices blocked.
      </ConfirmDialog>
    </div>
  );
}
