import { useState, type ReactNode } from 'react';
import { AsCommand } from './as-command';
import { Button } from './button';
import type { Commands } from './commands';
import { Dialog } from './dialog';
import { TextField } from './field';
import { counted } from './numbers';

interface ConfirmDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What happens, in a sentence, with what cannot be undone about it. */
  readonly children: ReactNode;
  /** How many devices it is about; null: it is about none. Over a thousand the name must be typed. */
  readonly devices: number | null;
  /** What is to be typed, such as a version or the name of a group. */
  readonly name: string;
  /** Names the result: "Abort rollout 12". */
  readonly verb: string;
  readonly onConfirm: () => void;
  /** What does the same in a terminal. */
  readonly commands: Commands;
}

const MOST_WITHOUT_NAME = 1_000;

/** For what cannot be undone: abort, block, delete, purge. Everything else is done at once, and can be undone. */
export function ConfirmDialog({
  open,
  onClose,
  title,
  children,
  devices,
  name,
  verb,
  onConfirm,
  commands,
}: ConfirmDialogProps) {
  const [typed, setTyped] = useState('');
  const asksName = (devices ?? 0) > MOST_WITHOUT_NAME;
  return (
    <Dialog open={open} onClose={onClose} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          onConfirm();
        }}
      >
        <div className="mt-2 text-sm text-ink-2">{children}</div>
        {devices !== null && <p className="mt-3 text-sm font-medium">{counted(devices, 'device')}</p>}
        {asksName && (
          <div className="mt-3">
            <TextField
              label={`Type ${name} to go on`}
              value={typed}
              autoComplete="off"
              onChange={(event) => setTyped(event.target.value)}
            />
          </div>
        )}
        <div className="mt-5 flex flex-wrap items-center justify-end gap-2">
          <AsCommand {...commands} />
          <Button data-first-focus onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" kind="danger" disabled={asksName && typed !== name}>
            {verb}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
