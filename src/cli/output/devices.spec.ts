import type { WireDevice } from '../api/wire/devices.js';
import { renderDevices } from './devices.js';
import type { Output } from './output.js';
import { PLAIN } from './style.js';
import { Times } from './times.js';

const NOW = Date.UTC(2030, 0, 2);
const outputOf = (width: number): Output =>
  ({ width, style: PLAIN, times: new Times(() => NOW, false, 'UTC') }) as Output;

const device = (changes: Partial<WireDevice>): WireDevice => ({
  device_id: 0x246f28037e51,
  name: 'Munich, second floor',
  device_type: 'scales_bridge',
  version: '1.10.11',
  build_number: 123,
  channel: 'beta',
  tags: ['lab', 'second_floor'],
  attributes: {},
  notes: null,
  status: 'waiting',
  desired_version: '1.12.10',
  reason: null,
  identity: 'token',
  check_interval: null,
  first_seen_at: new Date(NOW).toISOString(),
  last_seen_at: new Date(NOW - 59 * 60_000).toISOString(),
  ...changes,
});

const WORST = [
  device({ reason: 'below_min_current_version' }),
  device({ status: 'rolled_back', reason: 'update_loop' }),
  device({ status: 'up_to_date', reason: 'up_to_date', desired_version: null }),
  device({ status: 'up_to_date', reason: 'no_release', desired_version: null }),
  device({ status: 'unknown', reason: 'unparsable_current_version' }),
  device({ status: 'blocked', reason: 'device_blocked' }),
];

describe('a list of devices', () => {
  it('says on 80 columns why each device is as it is, though their ids are MAC addresses', () => {
    const lines = renderDevices(WORST, null, outputOf(80), WORST.length).split('\n').slice(2);
    expect(lines[0]).toMatch(/ID +TYPE +VERSION +STATUS +REASON +WANTS/);
    expect(lines.slice(1).map((line) => line.slice(lines[0]!.indexOf('STATUS')))).toEqual([
      expect.stringMatching(/^waiting +below floor +1\.12\.10 /),
      expect.stringMatching(/^rolled back +update loop +1\.12\.10 /),
      expect.stringMatching(/^up to date +59 min$/),
      expect.stringMatching(/^up to date +no release +59 min$/),
      expect.stringMatching(/^unknown +version un.* +1\.12\.10 /),
      expect.stringMatching(/^blocked +1\.12\.10 /),
    ]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('has everything where there is room', () => {
    const [, , header] = renderDevices(WORST, null, outputOf(160), WORST.length).split('\n');
    expect(header?.trim().split(/ +/)).toEqual(
      'ID NAME TYPE VERSION BUILD STATUS REASON WANTS SEEN CHANNEL TAGS'.split(' '),
    );
  });

  it.each([
    [
      'the rows where they are all',
      2,
      { total: 9, by_status: { failed: 9 } },
      '2 devices: 1 waiting, 1 failed',
    ],
    [
      'a summary of as many',
      9,
      { total: 9, by_status: { failed: 8, waiting: 1 } },
      '9 devices: 8 failed, 1 waiting',
    ],
    ['no summary of another number', 9, { total: 8, by_status: { failed: 8 } }, '9 devices'],
    ['nothing but the number without a summary', 9, null, '9 devices'],
  ])('is counted by %s', (_, total, summary, line) => {
    const rows = [device({}), device({ status: 'failed' })];
    const whole = summary && { by_version: [], by_day: [], ...summary };
    expect(renderDevices(rows, whole as never, outputOf(80), total).split('\n')[0]).toBe(line);
  });
});
