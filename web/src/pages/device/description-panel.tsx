import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import X from '~icons/lucide/x';
import { useDescribeDevice } from '../../api/queries/device-changes';
import type { Device } from '../../api/queries/devices';
import { groupsQuery } from '../../api/queries/groups';
import { membershipsQuery, useMembership } from '../../api/queries/memberships';
import { AsCommand } from '../../ui/as-command';
import { IconButton } from '../../ui/button';
import { deviceIdText } from '../../ui/device-id';
import { Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { LineField } from '../../ui/line-field';

interface DescriptionPanelProps {
  readonly device: Device;
  readonly mayChange: boolean;
}

/** What operators say of the device; each change is shown at once and can be undone. */
export function DescriptionPanel({ device, mayChange }: DescriptionPanelProps) {
  const describe = useDescribeDevice();
  const { tags } = device;
  const setTags = (next: string[]): void => describe.mutate({ device, change: { tags: next } });
  const name = device.name ?? 'Munich 7';
  return (
    <Panel
      title="What operators say"
      aside={
        <AsCommand
          ota={`device update ${deviceIdText(device.device_id)} --name ${shellWord(name)}`}
          method="PATCH"
          path={`/api/ota/admin/devices/${device.device_id}`}
          body={{ name }}
        />
      }
    >
      <div className="grid gap-4 px-5 pb-5">
        <LineField
          label="Name"
          value={device.name ?? ''}
          empty="No name"
          maxLength={100}
          isReadOnly={!mayChange}
          onSave={(text) => describe.mutate({ device, change: { name: text === '' ? null : text } })}
        />
        <LineField
          label="Channel"
          value={device.channel}
          empty="stable"
          maxLength={50}
          isReadOnly={!mayChange}
          onSave={(text) => describe.mutate({ device, change: { channel: text === '' ? null : text } })}
        />
        <Words label="Tags" empty="No tags">
          {tags.map((tag) => (
            <Word
              key={tag}
              link={
                <Link to="/devices" search={{ tag }}>
                  {tag}
                </Link>
              }
              {...(mayChange && {
                removal: `Remove the tag ${tag}`,
                onRemove: () => setTags(tags.filter((other) => other !== tag)),
              })}
            />
          ))}
        </Words>
        {mayChange && (
          <LineField
            adds
            label="Add a tag"
            value=""
            empty=""
            maxLength={50}
            onSave={(tag) => tag !== '' && !tags.includes(tag) && setTags([...tags, tag].sort())}
          />
        )}
        <Groups device={device} mayChange={mayChange} />
        <LineField
          label="Notes"
          value={device.notes ?? ''}
          empty="No notes"
          isLong
          isReadOnly={!mayChange}
          onSave={(text) => describe.mutate({ device, change: { notes: text === '' ? null : text } })}
        />
      </div>
    </Panel>
  );
}

/** Those with a filter find the device by themselves; the others have it as a member. */
function Groups({ device, mayChange }: DescriptionPanelProps) {
  const groups = useQuery(groupsQuery).data?.rows ?? [];
  const { data: of = [] } = useQuery(membershipsQuery(device.device_id, groups));
  const membership = useMembership();
  const [isBusy, setBusy] = useState(false);
  const change = (id: number, isMember: boolean): void => {
    const group = groups.find((candidate) => candidate.id === id);
    if (!group) return;
    setBusy(true);
    membership.mutate({ group, device, isMember }, { onSettled: () => setBusy(false) });
  };
  const open = groups.filter(({ id, filter }) => filter === null && !of.some((group) => group.id === id));
  return (
    <div className="grid gap-2">
      <Words label="Groups" empty="In no group">
        {of.map(({ id, name, filter }) => (
          <Word
            key={id}
            link={
              <Link to="/devices" search={{ group: name }}>
                {name}
              </Link>
            }
            {...(mayChange &&
              filter === null && {
                removal: `Take it out of the group ${name}`,
                onRemove: () => change(id, false),
              })}
          />
        ))}
      </Words>
      {mayChange && open.length > 0 && (
        <select
          aria-label="Put it into a group"
          value=""
          disabled={isBusy}
          onChange={(event) => change(Number(event.target.value), true)}
          className="h-8 w-full rounded border border-field bg-panel px-2 text-sm"
        >
          <option value="">Put it into a group…</option>
          {open.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

interface WordsProps {
  readonly label: string;
  readonly empty: string;
  readonly children: readonly ReactNode[];
}

function Words({ label, empty, children }: WordsProps) {
  return (
    <div>
      <p className="text-xs text-ink-3">{label}</p>
      {children.length === 0 ? (
        <p className="text-sm text-ink-3">{empty}</p>
      ) : (
        <ul className="mt-1 flex flex-wrap gap-1.5">{children}</ul>
      )}
    </div>
  );
}

interface WordProps {
  readonly link: ReactNode;
  readonly removal?: string;
  readonly onRemove?: () => void;
}

function Word({ link, removal, onRemove }: WordProps) {
  return (
    <li className="flex h-7 max-w-full items-center rounded-full border border-line bg-sunken px-2.5 text-xs">
      <bdi className="truncate hover:underline">{link}</bdi>
      {removal !== undefined && onRemove && (
        <IconButton label={removal} onClick={onRemove} className="-mr-2 ml-0.5 size-6">
          <X className="size-3" />
        </IconButton>
      )}
    </li>
  );
}
