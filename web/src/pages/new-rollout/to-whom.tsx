import type { Firmware } from '../../api/queries/firmware';
import type { Group } from '../../api/queries/groups';
import { Chip } from '../../ui/chip';
import { SelectField, TextField } from '../../ui/field';
import { Panel } from '../../ui/page';
import type { Form } from './form';

interface ToWhomProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly releases: readonly Firmware[];
  readonly release: Firmware | undefined;
  readonly groups: readonly Group[];
  readonly fault: string | undefined;
}

const SHOWN_GROUPS = 8;

/** Which release, and which devices. */
export function ToWhom({ form, change, releases, release, groups, fault }: ToWhomProps) {
  const possible = releases.filter(
    ({ id, is_active, is_stable }) =>
      id === form.firmwareId || (is_active && (!is_stable || form.allowDowngrade)),
  );
  return (
    <Panel title="What, and to whom">
      <div className="grid gap-4 px-5 pb-5">
        <SelectField
          label="Release"
          value={form.firmwareId ?? ''}
          required
          onChange={({ target: { value } }) => change({ firmwareId: value === '' ? null : Number(value) })}
          help="Drafts only: a stable release is offered to everybody already."
        >
          <option value="">Choose a release</option>
          {possible.map(({ id, version, build_number, device_type, description }) => (
            <option key={id} value={id}>
              {device_type} {version} build {build_number}
              {description ? `: ${description}` : ''}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Devices"
          value={form.target}
          placeholder={release ? `All of the type ${release.device_type}` : 'All of its type'}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={2_000}
          className="mono text-sm"
          fault={fault}
          help="A filter such as channel:beta -tag:lab. Empty: all devices of the type."
          onChange={({ target: { value } }) => change({ target: value })}
        />
        {groups.length > 0 && (
          <div role="group" aria-label="Groups" className="flex flex-wrap gap-1.5">
            {groups.slice(0, SHOWN_GROUPS).map(({ id, name }) => {
              const filter = `group:${/^[\w-]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`}`;
              const isOn = form.target.trim() === filter;
              return (
                <Chip key={id} pressed={isOn} onToggle={() => change({ target: isOn ? '' : filter })}>
                  {name}
                </Chip>
              );
            })}
          </div>
        )}
      </div>
    </Panel>
  );
}
