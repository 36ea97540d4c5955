import { useState } from 'react';
import type { LabelChange } from '../../api/queries/device-bulk';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';

export type LabelKind = 'tag' | 'untag' | 'channel';

interface LabelDialogProps {
  readonly kind: LabelKind | null;
  readonly onClose: () => void;
  readonly devices: number;
  readonly isUndoable: boolean;
  /** Finds the devices. */
  readonly filter: string;
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
/** In the command while nothing is typed. */
const EXAMPLE = 'beta';
/** Of `ota tag`. */
const FLAGS: Readonly<Record<LabelKind, string>> = { tag: '+', untag: '-', channel: '--channel ' };
/** As the server asks for; it says so itself, but only after a try. */
const LABEL = '[a-z0-9][a-z0-9._\\-]{0,49}';

/** Asks for the one word of a tag or a channel. */
export function LabelDialog({ kind, onClose, devices, isUndoable, filter, onChange }: LabelDialogProps) {
  const [word, setWord] = useState('');
  if (kind === null) return null;
  const shown = word === '' ? EXAMPLE : word;
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
          onChange(changeOf(kind, word));
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
        <div className="flex items-center justify-end gap-2">
          <AsCommand
            ota={`tag ${shellWord(filter)} ${FLAGS[kind]}${shown} --yes`}
            method="POST"
            path="/api/ota/admin/devices/bulk"
            body={{ q: filter, expect: devices, ...changeOf(kind, shown) }}
          />
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" kind="primary">
            {VERBS[kind]}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const changeOf = (kind: LabelKind, word: string): LabelChange =>
  kind === 'channel' ? { channel: word } : kind === 'tag' ? { add_tags: [word] } : { remove_tags: [word] };
