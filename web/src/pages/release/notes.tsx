import { useState } from 'react';
import { useFirmwareChange, type Firmware } from '../../api/queries/firmware';
import { useMay } from '../../api/queries/me';
import { Button } from '../../ui/button';
import { Field, INPUT_LOOK, TextField } from '../../ui/field';
import { Panel } from '../../ui/page';
import { classes } from '../../ui/classes';

/** What is new, as text: whatever stands in it is shown as it was written. */
export function Notes({ firmware }: { readonly firmware: Firmware }) {
  const { description, release_notes } = firmware;
  const [isEditing, setEditing] = useState(false);
  const mayChange = useMay('operator');
  if (isEditing) return <Editor firmware={firmware} onClose={() => setEditing(false)} />;
  if (!mayChange && description === null && release_notes === null) return null;
  return (
    <Panel
      title="What is new"
      aside={
        mayChange && (
          <Button kind="quiet" onClick={() => setEditing(true)}>
            Edit
          </Button>
        )
      }
    >
      <div className="grid gap-2 px-5 pb-5 text-sm">
        {description !== null && <p className="break-words">{description}</p>}
        {release_notes !== null && (
          <p className="max-h-80 overflow-y-auto break-words whitespace-pre-wrap text-ink-2" tabIndex={0}>
            {release_notes}
          </p>
        )}
        {description === null && release_notes === null && <p className="text-ink-3">Nothing is said yet.</p>}
      </div>
    </Panel>
  );
}

interface EditorProps {
  readonly firmware: Firmware;
  readonly onClose: () => void;
}

function Editor({ firmware, onClose }: EditorProps) {
  const [description, setDescription] = useState(firmware.description ?? '');
  const [notes, setNotes] = useState(firmware.release_notes ?? '');
  const change = useFirmwareChange();
  const orNull = (text: string): string | null => (text.trim() === '' ? null : text);
  return (
    <Panel title="What is new">
      <form
        className="grid gap-4 px-5 pb-5"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate({
            firmware,
            change: { description: orNull(description), release_notes: orNull(notes) },
            done: `What is new in ${firmware.version} is changed.`,
          });
          onClose();
        }}
      >
        <TextField
          label="In one line"
          value={description}
          autoFocus
          onChange={(event) => setDescription(event.target.value)}
        />
        <Field label="Release notes">
          {(ids) => (
            <textarea
              {...ids}
              rows={8}
              value={notes}
              onChange={(event) => setNotes(event.target.value)}
              className={classes(INPUT_LOOK, 'h-auto py-2')}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary">
            Save
          </Button>
        </div>
      </form>
    </Panel>
  );
}
