import type {
  WireEvidencePoint,
  WireFactor,
  WireRollout,
  WireRolloutDetail,
  WireRolloutDevice,
  WireRolloutPreview,
} from '../api/wire/rollouts.js';
import { counted, whole } from './format.js';
import type { StyleName } from './style.js';
import type { Column } from './table.js';
import type { Times } from './times.js';

const STYLES: Readonly<Record<string, StyleName>> = {
  running: 'cyan',
  halted: 'red',
  failed: 'red',
  silent: 'red',
  finished: 'green',
  confirmed: 'green',
  paused: 'yellow',
  aborted: 'dim',
};

const inWords = (code: string): string => code.replaceAll('_', ' ');

const firmwareText = ({ device_type, firmware_version, build_number }: WireRollout): string =>
  `${device_type} ${firmware_version ?? '?'} build ${build_number ?? '?'}`;

export const rolloutColumns = (times: Times): readonly Column<WireRollout>[] => [
  { title: 'ID', cell: ({ id }) => id, align: 'right' },
  { title: 'FIRMWARE', cell: firmwareText, least: 14 },
  { title: 'STATE', cell: ({ state }) => inWords(state), style: ({ state }) => STYLES[state] ?? null },
  { title: 'OFFERED', cell: ({ counts }) => counts.offered, align: 'right' },
  { title: 'CONFIRMED', cell: ({ counts }) => counts.confirmed, align: 'right' },
  { title: 'FAILED', cell: ({ counts }) => counts.failed + counts.silent, align: 'right' },
  { title: 'OF', cell: ({ matched }) => matched, align: 'right' },
  { title: 'MADE', cell: ({ created_at }) => times.age(created_at), leaveOut: 1 },
  { title: 'BY', cell: ({ created_by }) => created_by, least: 6, leaveOut: 2 },
  { title: 'TARGET', cell: ({ target }) => target ?? '', least: 8, leaveOut: 3 },
];

export const rolloutDeviceColumns = (times: Times): readonly Column<WireRolloutDevice>[] => [
  { title: 'DEVICE', cell: ({ device_id }) => device_id, align: 'right' },
  { title: 'STATE', cell: ({ state }) => state, style: ({ state }) => STYLES[state] ?? null },
  { title: 'FROM', cell: ({ previous_version }) => previous_version ?? '', least: 6 },
  {
    title: 'REVISION',
    cell: ({ hw_revision, chip_revision }) => [hw_revision, chip_revision].filter(Boolean).join(' '),
    least: 6,
    leaveOut: 2,
  },
  { title: 'SITE', cell: ({ site }) => site ?? '', least: 6, leaveOut: 3 },
  { title: 'ERROR', cell: ({ error_message, excuse }) => excuse ?? error_message ?? '', least: 10 },
  { title: 'CHANGED', cell: ({ changed_at }) => times.age(changed_at), leaveOut: 1 },
];

export const factorColumns: readonly Column<WireFactor>[] = [
  { title: 'WHAT', cell: ({ dimension }) => dimension, least: 10 },
  { title: 'VALUE', cell: ({ value }) => value, least: 10 },
  { title: 'FAILED', cell: ({ failed }) => failed, align: 'right' },
  { title: 'OF', cell: ({ offered }) => offered, align: 'right' },
];

export const evidenceColumns: readonly Column<WireEvidencePoint>[] = [
  { title: 'OFFERED', cell: ({ offered }) => offered, align: 'right' },
  { title: 'FAILED', cell: ({ failed }) => failed, align: 'right' },
  { title: 'OF', cell: ({ counted: devices }) => devices, align: 'right' },
  { title: 'STOPS AT', cell: ({ limit }) => limit, align: 'right' },
  { title: 'EVIDENCE', cell: ({ evidence }) => `${Math.max(1, Math.floor(evidence))} : 1`, align: 'right' },
];

const WORST_PARTS = 5;

/** What a person who is called at night has to know first: where it stands, why, and what is possible. */
export function describeRollout(rollout: WireRolloutDetail): string {
  const { id, state, line, counts, matched, target, parts, evidence } = rollout;
  const bad = parts.filter(({ counted_failures }) => counted_failures > 0).slice(0, WORST_PARTS);
  return [
    `Rollout ${id}: ${firmwareText(rollout)} is ${inWords(state)}.`,
    ...(rollout.halted_because === null ? [] : [`It ${rollout.halted_because}.`]),
    ...(rollout.blocked_because === null ? [] : [rollout.blocked_because]),
    line,
    `For ${counted(matched, 'device')}: ${target ?? 'all of the type'}.${
      counts.waiting === null ? '' : ` ${whole(counts.waiting)} not offered yet.`
    } Evidence ${Math.max(1, Math.floor(evidence))} : 1.`,
    ...(counts.refusing ? [describeRefusing(counts.refusing)] : []),
    ...bad.map(
      (part) => `  ${part.name}: ${part.counted_failures} of ${part.offered} failed, stops at ${part.limit}`,
    ),
    ...ADVICE.flatMap(([of, advice]) => (of === state ? [advice(id)] : [])),
  ].join('\n');
}

/** Of a rollout that brings devices back. */
export const describeRefusing = (devices: number): string =>
  `${counted(devices, 'device')} would not go back: no accepts_downgrade in their checks, or a higher secure_version. ` +
  'ota why tells which.';

const ADVICE: readonly (readonly [string, (id: number) => string])[] = [
  ['draft', (id) => `To start it: ota rollout start ${id}`],
  ['waiting_for_approval', (id) => `Another person approves it: ota rollout approve ${id}`],
  [
    'halted',
    (id) =>
      `Nothing is offered. See who failed: ota rollout devices ${id} --state failed\n` +
      `Then: ota rollout abort ${id}, or ota rollout excuse ${id} --device <id> --reason <text>`,
  ],
];

/** One line that changes in place. */
export function watchLine(rollout: WireRollout): string {
  const why = rollout.halted_because ?? rollout.blocked_because;
  return `${inWords(rollout.state)}: ${why === null ? rollout.line : `${why}. ${rollout.line}`}`;
}

export function describePreview(preview: WireRolloutPreview): string {
  const { matched, offered_first, left_out, blocked_because } = preview;
  const first = `${counted(matched, 'device')} would be offered it, ${whole(offered_first)} at once at the beginning.`;
  const others = left_out.map(
    ({ reason, count, example_ids }) =>
      `  ${whole(count)} not: ${inWords(reason)} (such as ${example_ids.join(', ')})`,
  );
  return [first, ...(blocked_because === null ? [] : [blocked_because]), ...others].join('\n');
}
