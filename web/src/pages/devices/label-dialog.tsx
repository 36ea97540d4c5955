import { useState } from 'react';
import type { LabelChange } from '../../api/queries/device-bulk';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';

export type LabelKind = 'tag' | 'untag' | 'channel';

interface LabelDialogProps {
  readonly kind: LabelKind | null;
  readonly onClose: () => void;
  readonly devices: number;
  readonly isUndoable: boolean;
  readonly onChange: (change: LabelChange) => void;
}

const TITLES: Readonly<Record<LabelKind, (devices: string) => string>> = {
  tag: (devices) => `Tag ${devices}`,
  untag: (devices) => `Remove a tag of ${devices}`,
  channel: (devices) => `Move ${devices} to a channel`,
};
const VERBS: Readonly<Record<LabelKind, string>> = {
  tag: 'Add the tag',
  untag: 'Remove the tag',
  channel: 'Move to the channel',
};
/** As the server asks for; it says so itself, but only after a try. */
const LABEL = '[a-z0-9][a-z0-9._\\-]{0,49}';

/** Asks for the one word of a tag or a channel. */
export function LabelDialog({ kind, onClose, devices, isUndoable, onChange }: LabelDialogProps) {
  const [word, setWord] = useState('');
  if (kind === null) return null;
  const close = (): void => {
    setWord('');
    onClose();
  };
  return (
    <Dialog open onClose={close} title={TITLES[kind](counted(devices, 'device'))}>
      <form
        className="mt-3 grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          close();
          onChange(
            kind === 'channel'
              ? { channel: word }
              : kind === 'tag'
                ? { add_tags: [word] }
                : { remove_tags: [word] },
          );
        }}
      >
        <TextField
          label={kind === 'channel' ? 'Channel' : 'Tag'}
          value={word}
          required
          pattern={LABEL}
          title="Lower-case letters, digits, points, _ and -, at most 50."
          help={
            kind === 'channel' ? 'Such as stable or beta.' : 'Lower-case letters, digits, points, _ and -.'
          }
          autoComplete="off"
          autoCapitalize="off"
          onChange={(event) => setWord(event.target.value.trim())}
        />
        {!isUndoable && <p className="text-sm text-ink-2">These are too many to undo it.</p>}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary">
            {VERBS[kind]}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
