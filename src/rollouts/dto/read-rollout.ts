import { DEFAULT_SETTINGS } from '../../domain/rollout/admission.js';
import { isTimeZone } from '../../domain/rollout/local-time.js';
import { faultOfPhases } from '../../domain/rollout/phases.js';
import { parseWindow, type TimeWindow } from '../../domain/rollout/windows.js';
import type { TransportError } from '../../http/problem.js';
import { validationFailed } from '../../http/wire-validation.pipe.js';
import type { PhaseChoice, RolloutChoice } from '../rollout-choice.js';
import type { RolloutRequest } from './rollout.request.js';

const MAX_PHASES = 20;
const MAX_WINDOWS = 20;
const MAX_EXCUSED = 1_000;
const PHASE_FIELDS = ['share', 'count', 'target', 'soak_minutes'];
const WINDOW_FIELDS = ['days', 'from', 'to'];

/** @throws TransportError VALIDATION_FAILED */
export function readRollout(body: RolloutRequest): RolloutChoice {
  const phases = readPhases(body.phases);
  const ramp = body.ramp ?? (phases.length > 0 ? 'phases' : DEFAULT_SETTINGS.ramp);
  if (ramp === 'phases' && phases.length === 0)
    throw refused('phases', 'phases must have one phase at least');
  if (ramp !== 'phases' && phases.length > 0)
    throw refused('phases', `phases must be absent with the ramp ${ramp}`);
  return {
    firmwareId: body.firmware_id,
    target: body.target ?? null,
    note: body.note ?? null,
    ramp,
    phases,
    maxFailureRate: body.max_failure_rate ?? DEFAULT_SETTINGS.maxFailureRate,
    falseAlarmRate: body.false_alarm_rate ?? DEFAULT_SETTINGS.falseAlarmRate,
    silentAfterMinutes: body.silent_after_minutes ?? DEFAULT_SETTINGS.silentAfterMinutes,
    maxAtRiskShare: body.max_at_risk_share ?? DEFAULT_SETTINGS.maxAtRiskShare,
    attemptsPerDevice: body.attempts_per_device ?? DEFAULT_SETTINGS.attemptsPerDevice,
    startsAt: body.starts_at ?? null,
    windows: readWindows(body.windows),
    timeZone: readZone(body.time_zone),
    needsApproval: body.needs_approval ?? false,
    allowDowngrade: body.allow_downgrade ?? false,
  };
}

/** @throws TransportError VALIDATION_FAILED */
export function readExcused(given: unknown): readonly number[] {
  const ids = listOf('device_ids', given, MAX_EXCUSED);
  if (ids.length === 0) throw refused('device_ids', 'device_ids must name one device at least');
  const wrong = ids.findIndex((id) => !Number.isSafeInteger(id) || Number(id) < 1);
  if (wrong >= 0) throw refused('device_ids', `device_ids[${wrong}] must be a number from 1 to 2^53-1`);
  return [...new Set(ids as readonly number[])].sort((a, b) => a - b);
}

function readPhases(given: unknown): readonly PhaseChoice[] {
  if (given === undefined || given === null) return [];
  const phases = listOf('phases', given, MAX_PHASES).map((one, index) => {
    const phase = recordOf('phases', one, index, PHASE_FIELDS);
    const kinds = ['share', 'count', 'target'].filter((kind) => phase[kind] !== undefined);
    const [kind] = kinds;
    if (kinds.length !== 1 || kind === undefined)
      throw refused('phases', `phases[${index}] must have one of share, count and target`);
    const value = phase[kind];
    const soakMinutes = phase['soak_minutes'] ?? 0;
    if (typeof soakMinutes !== 'number')
      throw refused('phases', `phases[${index}].soak_minutes must be a number`);
    if (kind === 'target') {
      if (typeof value !== 'string' || value.trim() === '')
        throw refused('phases', `phases[${index}].target must be a filter`);
      return { kind, target: value, soakMinutes } as const;
    }
    if (typeof value !== 'number') throw refused('phases', `phases[${index}].${kind} must be a number`);
    return kind === 'share'
      ? ({ kind, share: value, soakMinutes } as const)
      : ({ kind: 'count', count: value, soakMinutes } as const);
  });
  const fault = faultOfPhases(
    phases.map((phase) => (phase.kind === 'target' ? { ...phase, matching: 0 } : phase)),
  );
  if (fault !== null) throw refused('phases', fault.replace(/\.$/, ''));
  return phases;
}

function readWindows(given: unknown): readonly TimeWindow[] {
  if (given === undefined || given === null) return [];
  return listOf('windows', given, MAX_WINDOWS).map((one, index) => {
    const { days, from, to } = recordOf('windows', one, index, WINDOW_FIELDS);
    const isNamed = Array.isArray(days) && days.every((day) => typeof day === 'string');
    if (!isNamed || typeof from !== 'string' || typeof to !== 'string')
      throw refused('windows', `windows[${index}] must have days as a list, and the texts from and to`);
    const window = parseWindow(days, from, to);
    if (typeof window === 'string')
      throw refused('windows', `windows[${index}]: ${window.replace(/\.$/, '')}`);
    return window;
  });
}

/** @returns null: that of each device */
function readZone(zone = 'device'): string | null {
  if (zone === 'device') return null;
  if (isTimeZone(zone)) return zone;
  throw refused('time_zone', 'time_zone must be device, or the IANA name of a zone such as Europe/Berlin');
}

function listOf(field: string, given: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(given)) throw refused(field, `${field} must be a list`);
  if (given.length > most) throw refused(field, `${field} must have at most ${most} entries`);
  return given;
}

function recordOf(
  field: string,
  given: unknown,
  index: number,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw refused(field, `${field}[${index}] must be an object`);
  if (Object.keys(given).some((name) => !known.includes(name)))
    throw refused(field, `${field}[${index}] may have only ${known.join(', ')}`);
  return given as Readonly<Record<string, unknown>>;
}

const refused = (field: string, sentence: string): TransportError =>
  validationFailed({ [field]: [sentence] });
