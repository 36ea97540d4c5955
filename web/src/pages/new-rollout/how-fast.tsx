import Plus from '~icons/lucide/plus';
import X from '~icons/lucide/x';
import { Button, IconButton } from '../../ui/button';
import { INPUT_LOOK } from '../../ui/field';
import { Panel } from '../../ui/page';
import type { Form, PhaseFields } from './form';

interface HowFastProps {
  readonly form: Form;
  readonly change: (part: Partial<Form>) => void;
  readonly fault: string | undefined;
}

const RAMPS = [
  [
    'evidence',
    'As fast as the evidence allows',
    'A few devices first; more as soon as those have confirmed.',
  ],
  [
    'phases',
    'In phases',
    'The same, and no more than each phase allows. After the last one come all others.',
  ],
  ['all', 'Everybody at once', 'It still stops itself, but only after many have it.'],
] as const;

/** How many at a time. */
export function HowFast({ form, change, fault }: HowFastProps) {
  const { phases } = form;
  const changePhase = (index: number, part: Partial<PhaseFields>): void =>
    change({ phases: phases.map((phase, at) => (at === index ? { ...phase, ...part } : phase)) });
  return (
    <Panel title="How fast">
      <fieldset className="grid gap-3 px-5 pb-5">
        <legend className="unseen">How fast</legend>
        {RAMPS.map(([ramp, name, meaning]) => (
          <label key={ramp} className="flex items-start gap-3 text-sm">
            <input
              type="radio"
              name="ramp"
              className="mt-1 size-3.5 accent-accent"
              checked={form.ramp === ramp}
              onChange={() => change({ ramp })}
            />
            <span>
              <span className="block font-medium">{name}</span>
              <span className="text-ink-3">{meaning}</span>
            </span>
          </label>
        ))}
        {form.ramp === 'phases' && (
          <div className="grid gap-2">
            {phases.map((phase, index) => (
              <Phase
                key={index}
                nth={index + 1}
                phase={phase}
                onChange={(part) => changePhase(index, part)}
                onRemove={
                  phases.length > 1
                    ? () => change({ phases: phases.filter((_, at) => at !== index) })
                    : undefined
                }
              />
            ))}
            <div className="flex flex-wrap items-center gap-3">
              <span className="text-sm text-ink-3">{phases.length + 1}. Everybody else</span>
              <Button
                className="ml-auto"
                icon={<Plus className="size-3.5" />}
                disabled={phases.length >= 20}
                onClick={() =>
                  change({ phases: [...phases, { kind: 'share', value: '50', soakMinutes: 1_440 }] })
                }
              >
                Add a phase
              </Button>
            </div>
            {fault !== undefined && (
              <p role="alert" className="text-xs text-failed">
                {fault}
              </p>
            )}
          </div>
        )}
      </fieldset>
    </Panel>
  );
}

const SOAKS = [0, 15, 60, 360, 1_440, 4_320, 10_080] as const;
const SOAK_WORDS = [
  'does not wait',
  'waits 15 min',
  'waits 1 h',
  'waits 6 h',
  'waits 1 d',
  'waits 3 d',
  'waits 7 d',
];

interface PhaseProps {
  readonly nth: number;
  readonly phase: PhaseFields;
  readonly onChange: (part: Partial<PhaseFields>) => void;
  readonly onRemove: (() => void) | undefined;
}

function Phase({ nth, phase: { kind, value, soakMinutes }, onChange, onRemove }: PhaseProps) {
  return (
    <div
      role="group"
      aria-label={`Phase ${nth}`}
      className="grid grid-cols-[auto_minmax(0,1fr)_minmax(0,1fr)_auto] items-center gap-2 sm:grid-cols-[auto_minmax(0,1fr)_minmax(0,130px)_minmax(0,140px)_auto]"
    >
      <span className="w-4 text-sm text-ink-3 tnum">{nth}.</span>
      <input
        aria-label={kind === 'target' ? 'Filter' : 'How many'}
        className={`${INPUT_LOOK} max-sm:col-span-2`}
        value={value}
        inputMode={kind === 'target' ? 'text' : 'decimal'}
        autoComplete="off"
        onChange={(event) => onChange({ value: event.target.value })}
      />
      <select
        aria-label="Of what"
        className={`${INPUT_LOOK} max-sm:col-start-2`}
        value={kind}
        onChange={(event) => {
          const next = event.target.value as PhaseFields['kind'];
          onChange({ kind: next, value: next === 'target' ? 'tag:lab' : kind === 'target' ? '10' : value });
        }}
      >
        <option value="share">% of them</option>
        <option value="count">devices</option>
        <option value="target">by filter</option>
      </select>
      <select
        aria-label="Then"
        className={`${INPUT_LOOK} max-sm:col-start-3`}
        value={soakMinutes}
        onChange={(event) => onChange({ soakMinutes: Number(event.target.value) })}
      >
        {SOAKS.map((minutes, index) => (
          <option key={minutes} value={minutes}>
            {SOAK_WORDS[index]}
          </option>
        ))}
      </select>
      {onRemove ? (
        <IconButton
          label={`Remove phase ${nth}`}
          onClick={onRemove}
          className="max-sm:col-start-4 max-sm:row-start-1"
        >
          <X className="size-3.5" />
        </IconButton>
      ) : (
        <span className="size-8 max-sm:hidden" />
      )}
    </div>
  );
}
