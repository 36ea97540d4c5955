import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import {
  exportMembers,
  useChangeGroup,
  useDeleteGroup,
  useSetMembers,
  type Group,
} from '../../api/queries/groups';
import { term } from '../../filter';
import { AsCommand } from '../../ui/as-command';
import { Button, buttonLook } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { DropZone } from '../../ui/drop-zone';
import { LineField } from '../../ui/line-field';
import { Fact, Facts } from '../../ui/page';
import { saveFile } from '../../ui/save-file';
import { shellWord } from '../../ui/shell-word';
import { At } from '../../ui/time';
import { sayFault } from '../../ui/toasts';

interface GroupDetailsProps {
  readonly group: Group;
  readonly mayChange: boolean;
  readonly onDeleted: () => void;
}

/** What a group is, what changes it, and what can be done with its devices. */
export function GroupDetails({ group, mayChange, onDeleted }: GroupDetailsProps): ReactNode {
  const { id, name, description, filter, count } = group;
  const [isAsking, setAsking] = useState(false);
  const change = useChangeGroup();
  const remove = useDeleteGroup();
  const members = useSetMembers();
  const word = shellWord(name);
  const path = `/api/ota/admin/groups/${id}`;
  const save = (next: Parameters<typeof change.mutate>[0]['change']): void =>
    change.mutate({ group, change: next });
  return (
    <div className="border-t border-line pb-2">
      <div className="grid gap-4 px-5 pt-4 sm:grid-cols-2">
        <LineField
          label="Name"
          value={name}
          empty="Name"
          maxLength={100}
          isReadOnly={!mayChange}
          onSave={(text) => text !== '' && save({ name: text })}
        />
        <LineField
          label="Description"
          value={description ?? ''}
          empty="No description"
          isReadOnly={!mayChange}
          onSave={(text) => save({ description: text === '' ? null : text })}
        />
        {filter !== null && (
          <div className="sm:col-span-2">
            <LineField
              label="Filter: it has the devices that this finds at each moment"
              value={filter}
              empty="All devices"
              isReadOnly={!mayChange}
              fault={change.error ? asProblem(change.error).detail : undefined}
              onSave={(text) => save({ filter: text })}
            />
          </div>
        )}
      </div>
      {filter === null && mayChange && (
        <div className="px-5 pt-4">
          <DropZone
            title="Drop a table of devices here to set the members"
            disabled={members.isPending}
            onFile={(file) => void file.text().then((csv) => members.mutate({ group, csv }))}
          >
            CSV with a column device_id, such as an export of the devices. Exactly these are members
            afterwards.
          </DropZone>
        </div>
      )}
      <Facts>
        <Fact name="Created">
          <At time={group.created_at} />
        </Fact>
        <Fact name="Changed">
          <At time={group.updated_at} />
        </Fact>
      </Facts>
      <div className="flex flex-wrap items-center gap-2 px-5 pb-3">
        <Link to="/devices" search={{ group: name }} className={buttonLook()}>
          Show its devices
        </Link>
        <Button onClick={() => void saveMembers(id, name)}>Export their ids</Button>
        {mayChange && (
          <>
            <Link to="/rollouts/new" search={{ target: term('group', name) }} className={buttonLook()}>
              Roll out to it…
            </Link>
            <span className="ml-auto flex items-center gap-1">
              <AsCommand
                name="Change it"
                ota={`group update ${word} --description ${shellWord(description ?? 'What it is for')}`}
                method="PATCH"
                path={path}
                body={{ description: description ?? 'What it is for' }}
                more={[
                  {
                    name: 'Export its devices',
                    ota: `group members ${word} --out members.csv`,
                    path: `${path}/members`,
                  },
                  ...(filter === null
                    ? [
                        {
                          name: 'Set its members',
                          ota: `group members ${word} --csv devices.csv`,
                          method: 'PUT',
                          path: `${path}/members`,
                          body: { device_ids: [123, 456] },
                        } as const,
                      ]
                    : []),
                ]}
              />
              <Button kind="danger" onClick={() => setAsking(true)}>
                Delete…
              </Button>
            </span>
          </>
        )}
        {!mayChange && <AsCommand ota={`group show ${word}`} path={path} />}
      </div>
      <ConfirmDialog
        open={isAsking}
        onClose={() => setAsking(false)}
        title={`Delete the group ${name}?`}
        devices={count ?? 0}
        name={name}
        verb="Delete the group"
        commands={{ ota: `group delete ${word} --yes`, method: 'DELETE', path }}
        onConfirm={() => remove.mutate(group, { onSuccess: onDeleted })}
      >
        Its devices stay as they are. Filters and rollouts that name the group find no device by it any more.
      </ConfirmDialog>
    </div>
  );
}

async function saveMembers(id: number, name: string): Promise<void> {
  try {
    saveFile(await exportMembers(id), `${name.replace(/[^\p{L}\p{N}_-]+/gu, '-')}.csv`);
  } catch (error) {
    sayFault(asProblem(error));
  }
}
