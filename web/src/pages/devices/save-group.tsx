import { useState } from 'react';
import { asProblem } from '../../api/problem';
import { useCreateGroup } from '../../api/queries/groups';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';

interface SaveGroupProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly filter: string;
  readonly devices: number;
  /** @param name of the group that is there now */
  readonly onSaved: (name: string) => void;
}

/** Gives the filter of the list a name: a group. */
export function SaveGroup({ open, onClose, filter, devices, onSaved }: SaveGroupProps) {
  const [name, setName] = useState('');
  const create = useCreateGroup();
  const problem = create.error ? asProblem(create.error) : undefined;
  return (
    <Dialog open={open} onClose={onClose} title="Save this filter as a group">
      <form
        className="mt-3 grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate(
            { name: name.trim(), filter },
            {
              onSuccess: (group) => {
                onClose();
                setName('');
                onSaved(group.name);
              },
            },
          );
        }}
      >
        <p className="text-sm text-ink-2">
          The group has the devices that <code className="rounded bg-sunken px-1">{filter}</code> finds at
          each moment: {counted(devices, 'device')} now.
        </p>
        <TextField
          label="Name"
          value={name}
          fault={problem && (problem.of('name') ?? problem.detail)}
          help="Filters, rollouts and the command find it by its name."
          autoComplete="off"
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
        />
        <div className="flex items-center justify-end gap-2">
          <AsCommand
            ota={`group create ${shellWord(name.trim() || 'Munich')} --filter ${shellWord(filter)}`}
            method="POST"
            path="/api/ota/admin/groups"
            body={{ name: name.trim() || 'Munich', filter }}
          />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" kind="primary" disabled={name.trim() === '' || create.isPending}>
            Create the group
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
