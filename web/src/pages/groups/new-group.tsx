import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState, type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import { devicesQuery } from '../../api/queries/devices';
import { useCreateGroup } from '../../api/queries/groups';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';
import { shellWord } from '../../ui/shell-word';

interface NewGroupProps {
  readonly open: boolean;
  readonly onClose: () => void;
  /** @param id of the new group */
  readonly onCreated: (id: number) => void;
}

export function NewGroup({ open, onClose, onCreated }: NewGroupProps): ReactNode {
  return (
    <Dialog open={open} onClose={onClose} title="New group">
      <NewGroupForm onClose={onClose} onCreated={onCreated} />
    </Dialog>
  );
}

/** Asks for a name and what the group has; a filter is counted as it is typed. */
function NewGroupForm({ onClose, onCreated }: Omit<NewGroupProps, 'open'>) {
  const [name, setName] = useState('');
  const [filter, setFilter] = useState('');
  const [hasFilter, setHasFilter] = useState(true);
  const create = useCreateGroup();
  const asked = useDeferredValue(filter.trim());
  const found = useQuery({ ...devicesQuery({ q: asked, limit: 1 }), enabled: hasFilter && asked !== '' });
  const fault = found.error ? asProblem(found.error).detail : undefined;
  const problem = create.error ? asProblem(create.error) : undefined;
  const total = found.data?.total;
  const help =
    asked === ''
      ? 'Such as type:scales tag:munich.'
      : total === undefined
        ? 'Counting…'
        : `Finds ${counted(total, 'device')} now.`;
  return (
    <form
      className="mt-3 grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { name: name.trim(), ...(hasFilter && { filter: filter.trim() }) },
          {
            onSuccess: ({ id }) => {
              onClose();
              onCreated(id);
            },
          },
        );
      }}
    >
      <TextField
        label="Name"
        value={name}
        maxLength={100}
        autoComplete="off"
        fault={problem && (problem.of('name') ?? problem.detail)}
        onChange={(event) => setName(event.target.value)}
      />
      <fieldset className="grid gap-1 text-sm">
        <legend className="mb-1 font-medium">It has</legend>
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="kind"
            checked={hasFilter}
            onChange={() => setHasFilter(true)}
            className="accent-accent"
          />
          the devices that a filter finds at each moment
        </label>
        <label className="flex items-center gap-2">
          <input
            type="radio"
            name="kind"
            checked={!hasFilter}
            onChange={() => setHasFilter(false)}
            className="accent-accent"
          />
          members, which you put into it
        </label>
      </fieldset>
      {hasFilter && (
        <TextField
          label="Filter"
          value={filter}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          fault={asked === '' ? undefined : fault}
          help={help}
          onChange={(event) => setFilter(event.target.value)}
        />
      )}
      <div className="flex items-center justify-end gap-2">
        <AsCommand
          ota={`group create ${shellWord(name || 'Munich')}${hasFilter ? ` --filter ${shellWord(filter)}` : ''}`}
          method="POST"
          path="/api/ota/admin/groups"
          body={{ name: name || 'Munich', ...(hasFilter && { filter }) }}
        />
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          kind="primary"
          disabled={
            name.trim() === '' ||
            create.isPending ||
            (hasFilter && (filter.trim() === '' || fault !== undefined))
          }
        >
          Create the group
        </Button>
      </div>
    </form>
  );
}
