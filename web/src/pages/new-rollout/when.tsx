import Plus from '~icons/lucide/plus';
import X from '~icons/lucide/x';
import type { Problem } from '../../api/problem';
import { Button, IconButton } from '../../ui/button';
import { Chip } from '../../ui/chip';
import { INPUT_LOOK, TextField } from '../../ui/field';
import { Panel } from '../../ui/page';
import { DAYS, type Form, type WindowFields } from './form';

interface WhenProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly problem: Problem | null;
}

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const NIGHT: WindowFields = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '22:00', to: '06:00' };

/** When, and under which conditions. */
export function When({ form, change, problem }: WhenProps) {
  const { windows } = form;
  const changeWindow = (index: number, part: Partial<WindowFields>): void =>
    change({ windows: windows.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <Panel title="When, and what else">
      <div className="grid gap-4 px-5 pb-5">
        <TextField
          label="Not before"
          type="datetime-local"
          value={form.startsAt}
          fault={problem?.of('starts_at')}
          help={`Of your own clock, ${ZONE}. Empty: at once.`}
          onChange={(event) => change({ startsAt: event.target.value })}
        />
        <div className="grid gap-2">
          <p className="text-sm font-medium">Hours of the week</p>
          {windows.length === 0 && <p className="text-sm text-ink-3">Devices are offered it at any hour.</p>}
          {windows.map((window, index) => (
            <Window
              key={index}
              window={window}
              onChange={(part) => changeWindow(index, part)}
              onRemove={() => change({ windows: windows.filter((_, at) => at !== index) })}
            />
          ))}
          {problem?.of('windows') !== undefined && (
            <p role="alert" className="text-xs text-failed">
              {problem.of('windows')}
            </p>
          )}
          <Button
            className="justify-self-start"
            icon={<Plus className="size-3.5" />}
            disabled={windows.length >= 20}
            onClick={() => change({ windows: [...windows, NIGHT] })}
          >
            {windows.length === 0 ? 'Only in certain hours' : 'Add hours'}
          </Button>
        </div>
        {windows.length > 0 && (
          <TextField
            label="Time zone of these hours"
            value={form.zone}
            list="zones"
            autoComplete="off"
            placeholder="That of each device"
            fault={problem?.of('time_zone')}
            help={`Such as ${ZONE}. Empty: that of each device, its attribute time_zone, else UTC.`}
            onChange={(event) => change({ zone: event.target.value })}
          />
        )}
        <datalist id="zones">
          {windows.length > 0 &&
            Intl.supportedValuesOf('timeZone').map((zone) => <option key={zone} value={zone} />)}
        </datalist>
        <Choice
          label="Another person has to approve it"
          checked={form.needsApproval}
          onChange={(needsApproval) => change({ needsApproval })}
        />
        <Choice
          label="Also for devices that run a newer version and accept an older one"
          checked={form.allowDowngrade}
          onChange={(allowDowngrade) => change({ allowDowngrade })}
        />
        <Choice
          label="Start it at once, or at its time"
          checked={form.isStarted}
          onChange={(isStarted) => change({ isStarted })}
        />
        <TextField
          label="Note"
          value={form.note}
          maxLength={2_000}
          placeholder="What it is for"
          autoComplete="off"
          fault={problem?.of('note')}
          onChange={(event) => change({ note: event.target.value })}
        />
      </div>
    </Panel>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}

const Choice = ({ label, checked, onChange }: ChoiceProps) => (
  <label className="flex items-start gap-3 text-sm">
    <input
      type="checkbox"
      className="mt-1 size-3.5 accent-accent"
      checked={checked}
      onChange={(event) => onChange(event.target.checked)}
    />
    {label}
  </label>
);

interface WindowProps {
  readonly window: WindowFields;
  readonly onChange: (part: Partial<WindowFields>) => void;
  readonly onRemove: () => void;
}

function Window({ window: { days, from, to }, onChange, onRemove }: WindowProps) {
  return (
    <div role="group" aria-label="Hours" className="grid gap-2 rounded border border-line p-3">
      <div className="flex flex-wrap gap-1">
        {DAYS.map((day) => (
          <Chip
            key={day}
            pressed={days.includes(day)}
            onToggle={() =>
              onChange({
                days: DAYS.filter((other) => (other === day ? !days.includes(day) : days.includes(other))),
              })
            }
          >
            {day}
          </Chip>
        ))}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)_auto] items-center gap-2 text-sm">
        <input
          type="time"
          aria-label="From"
          className={INPUT_LOOK}
          value={from}
          onChange={(event) => onChange({ from: event.target.value })}
        />
        to
        <input
          type="time"
          aria-label="To"
          className={INPUT_LOOK}
          value={to}
          onChange={(event) => onChange({ to: event.target.value })}
        />
        <IconButton label="Remove these hours" onClick={onRemove}>
          <X className="size-3.5" />
        </IconButton>
      </div>
    </div>
  );
}
