import type { RolloutRequest } from '../../api/queries/rollouts';
import { shellWord } from '../../ui/shell-word';

/** What the fields of the page hold: texts as they were typed. */
export interface Form {
  readonly firmwareId: number | null;
  /** A filter; empty: all devices of the type. */
  readonly target: string;
  readonly ramp: RolloutRequest['ramp'];
  readonly phases: readonly PhaseFields[];
  readonly windows: readonly WindowFields[];
  /** An IANA name; empty: that of each device. */
  readonly zone: string;
  /** Of the viewer's clock, as the browser writes it; empty: at once. */
  readonly startsAt: string;
  /** In 100. */
  readonly mayFail: string;
  readonly falseAlarms: string;
  readonly atRisk: string;
  readonly silentAfter: string;
  readonly attempts: string;
  readonly needsApproval: boolean;
  readonly allowDowngrade: boolean;
  readonly note: string;
  readonly isStarted: boolean;
}

export interface PhaseFields {
  readonly kind: 'share' | 'count' | 'target';
  /** In 100, how many, or a filter. */
  readonly value: string;
  readonly soakMinutes: number;
}

export type Day = NonNullable<RolloutRequest['windows']>[number]['days'][number];

export interface WindowFields {
  readonly days: readonly Day[];
  readonly from: string;
  readonly to: string;
}

export const DAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export const EMPTY: Form = {
  firmwareId: null,
  target: '',
  ramp: 'evidence',
  phases: [
    { kind: 'share', value: '1', soakMinutes: 60 },
    { kind: 'share', value: '10', soakMinutes: 1_440 },
  ],
  windows: [],
  zone: '',
  startsAt: '',
  mayFail: '2',
  falseAlarms: '1',
  atRisk: '2',
  silentAfter: '15',
  attempts: '3',
  needsApproval: false,
  allowDowngrade: false,
  note: '',
  isStarted: true,
};

/** Of the server: what is not said is this. */
const DEFAULTS = {
  max_failure_rate: 0.02,
  false_alarm_rate: 0.01,
  silent_after_minutes: 15,
  max_at_risk_share: 0.02,
  attempts_per_device: 3,
} as const;

/** A share of what was typed in 100: 2.3 is 0.023, and not 0.022999…. */
const shareOf = (text: string): number =>
  Number((Number(text.trim().replace(',', '.')) / 100).toPrecision(12));

/** @returns what is asked of the server; null while no release is chosen. The server judges what is typed */
export function requestOf(form: Form, deviceType: string): RolloutRequest | null {
  if (form.firmwareId === null) return null;
  const target = form.target.trim();
  const note = form.note.trim();
  return {
    firmware_id: form.firmwareId,
    ...(target !== '' && { target }),
    ramp: form.ramp,
    ...(form.ramp === 'phases' && { phases: form.phases.map((phase) => phaseOf(phase, deviceType)) }),
    max_failure_rate: shareOf(form.mayFail),
    false_alarm_rate: shareOf(form.falseAlarms),
    silent_after_minutes: Number(form.silentAfter),
    max_at_risk_share: shareOf(form.atRisk),
    attempts_per_device: Number(form.attempts),
    ...(form.startsAt !== '' && { starts_at: new Date(form.startsAt).toISOString() }),
    ...(form.windows.length > 0 && {
      windows: form.windows.map(({ days, from, to }) => ({ days: [...days], from, to })),
    }),
    time_zone: form.windows.length === 0 || form.zone.trim() === '' ? 'device' : form.zone.trim(),
    needs_approval: form.needsApproval,
    allow_downgrade: form.allowDowngrade,
    ...(note !== '' && { note }),
  };
}

function phaseOf({ kind, value, soakMinutes }: PhaseFields, deviceType: string) {
  const soak_minutes = soakMinutes;
  if (kind === 'share') return { share: shareOf(value), soak_minutes };
  if (kind === 'count') return { count: Number(value), soak_minutes };
  return { target: told(value.trim(), deviceType), soak_minutes };
}

/**
 * The command tells a filter from a share or a count by its colon. One without is given the type of the device, which finds
 * the same ones.
 */
const told = (filter: string, deviceType: string): string =>
  filter === '' || filter.includes(':') ? filter : `(${filter}) type:${deviceType}`;

/** Only what is not the default: for a request that somebody reads. */
export function briefOf(request: RolloutRequest): Readonly<Record<string, unknown>> {
  const isSaid = ([name, value]: readonly [string, unknown]): boolean =>
    !(name in DEFAULTS && DEFAULTS[name as keyof typeof DEFAULTS] === value) &&
    !(name === 'ramp' && value !== 'all') &&
    !(name === 'time_zone' && value === 'device') &&
    value !== false;
  return Object.fromEntries(Object.entries(request).filter(isSaid));
}

/** @returns the `ota` command that makes the same rollout, without the `ota` */
export function commandOf(request: RolloutRequest, isStarted: boolean): string {
  const option = (name: string, value: string | number | null | undefined | false): string[] =>
    value === undefined || value === null || value === false ? [] : [`--${name} ${shellWord(String(value))}`];
  const unlessDefault = (name: keyof typeof DEFAULTS, unit = ''): string | false =>
    request[name] !== DEFAULTS[name] && `${request[name]}${unit}`;
  return [
    `rollout create ${request.firmware_id}`,
    ...option('target', request.target),
    ...option('ramp', request.ramp === 'all' && 'all'),
    ...(request.phases ?? []).flatMap((phase) => option('phase', phaseText(phase))),
    ...(request.windows ?? []).flatMap(({ days, from, to }) =>
      option('window', `${days.join(',')} ${from}-${to}`),
    ),
    ...option('zone', request.time_zone !== 'device' && request.time_zone),
    ...option('starts-at', request.starts_at),
    ...option('max-failure-rate', unlessDefault('max_failure_rate')),
    ...option('false-alarm-rate', unlessDefault('false_alarm_rate')),
    ...option('silent-after', unlessDefault('silent_after_minutes', 'm')),
    ...option('at-risk', unlessDefault('max_at_risk_share')),
    ...option('attempts', unlessDefault('attempts_per_device')),
    ...(request.needs_approval ? ['--needs-approval'] : []),
    ...(request.allow_downgrade ? ['--downgrade'] : []),
    ...option('note', request.note),
    ...(isStarted ? ['--start --yes'] : []),
  ].join(' ');
}

function phaseText({
  share,
  count,
  target,
  soak_minutes = 0,
}: NonNullable<RolloutRequest['phases']>[number]): string {
  const whom = share !== undefined ? `${Number((share * 100).toPrecision(12))}%` : (target ?? count);
  return `${whom}:${soak_minutes}m`;
}
