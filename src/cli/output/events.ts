import type { WireEvent } from '../api/wire/events.js';
import type { Style, StyleName } from './style.js';
import { printable } from './text.js';
import type { Times } from './times.js';

const STYLES: Readonly<Record<string, StyleName>> = {
  'firmware.released': 'green',
  'attempt.success': 'green',
  'server.recovered': 'green',
  'attempt.failed': 'red',
  'server.degraded': 'red',
  'device.blocked': 'yellow',
  'device.asked_to_enroll': 'yellow',
};
const TYPE_WIDTH = 23;

/** An event as a line: `2026-01-31 13:00:00  attempt.failed  attempt:789  device_id 123, …`. */
export function eventLine({ type, timestamp, entity, data }: WireEvent, times: Times, style: Style): string {
  const said = Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const what = printable(type).padEnd(TYPE_WIDTH);
  const colored = STYLES[type] === undefined ? what : style(STYLES[type], what);
  return `${times.full(timestamp).slice(0, 19)}  ${colored}  ${printable(`${entity}  ${said.join(', ')}`)}`;
}
