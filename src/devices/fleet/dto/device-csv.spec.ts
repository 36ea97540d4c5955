import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { FleetDevice } from '../fleet-device.js';
import { csvHeader, csvOf, fromCell } from './device-csv.js';

const DEVICE: FleetDevice = {
  deviceId: 0x246f28037e51,
  name: 'Munich 7',
  deviceType: 'scales',
  version: '1.0.0',
  build: 1,
  channel: 'stable',
  tags: ['a', 'b'],
  attributes: {},
  notes: null,
  status: 'waiting',
  desiredVersion: '1.1.0',
  reason: null,
  identity: 'none',
  checkInterval: null,
  firstSeenAt: new Date(0),
  lastSeenAt: new Date(1),
};

const linesOf = (device: FleetDevice): Record<string, string>[] =>
  parse(csvHeader() + csvOf([device]), { columns: true });

describe('a device in CSV', () => {
  it('stands in one line under the header', () => {
    expect(csvHeader() + csvOf([DEVICE])).toBe(
      'device_id,mac,name,device_type,version,build_number,channel,tags,attributes,notes,status,desired_version,reason,' +
        'identity,check_interval,first_seen_at,last_seen_at\r\n' +
        '40059831287377,24:6f:28:03:7e:51,Munich 7,scales,1.0.0,1,stable,a b,,,waiting,1.1.0,,none,,' +
        '1970-01-01T00:00:00.000Z,1970-01-01T00:00:00.001Z\r\n',
    );
  });

  it.each(['=1+1', '+1', '-1', '@x', '\t=1', '\n=1', '＝1', "'=1"])(
    'holds %j as a text and gives it back',
    (notes) => {
      const cell = linesOf({ ...DEVICE, notes })[0]!['notes']!;
      expect(cell).not.toMatch(/^\s*[=+\-@＝]/);
      expect(fromCell(cell)).toBe(notes.startsWith("'") ? notes.slice(1) : notes);
    },
  );

  it('gives back whatever a person wrote, but an apostrophe before a formula', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, notes) => {
        const [line] = linesOf({ ...DEVICE, name, notes });
        const back = (text: string): string => fromCell(text);
        expect([back(line!['name']!), back(line!['notes']!)]).toEqual([name, notes].map(fromCell));
      }),
    );
  });
});
