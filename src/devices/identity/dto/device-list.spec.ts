import fc from 'fast-check';
import { MAX_LISTED_DEVICES, parseDeviceList } from './device-list.js';

const HEADER = 'device_id,device_type\n';

describe('a list of devices', () => {
  it('is read as spreadsheets save it', () => {
    const csv = '\uFEFF"device_id";"device_type"\r\n24:6f:28:03:7e:51;scales\r\n\r\n"7","lab.scales"\r\n';
    expect(parseDeviceList(csv)).toEqual({
      devices: [
        { line: 2, deviceId: 0x246f28037e51, deviceType: 'scales' },
        { line: 4, deviceId: 7, deviceType: 'lab.scales' },
      ],
      faults: [],
    });
  });

  it('is refused as a whole, with all faulty lines', () => {
    const csv = `${HEADER}1,scales\n0,scales\n2\n3,two words\n4,a,b\n${'x'.repeat(99)},scales\n1,other`;
    const { devices, faults } = parseDeviceList(csv);
    expect(devices).toEqual([]);
    expect(faults.map(({ line }) => line)).toEqual([3, 4, 5, 6, 7, 8]);
    const sentences = faults.map(({ fault }) => fault);
    expect(sentences[0]).toContain('device_id "0" must be a number from 1 to 2^53-1');
    expect(sentences[1]).toContain('"2" must have two values');
    expect(sentences[2]).toContain('device_type "two words" must be 1 to 50 letters');
    expect(sentences[3]).toContain('must have two values');
    expect(sentences[4]).toContain(`"${'x'.repeat(60)}…"`);
    expect(sentences[5]).toBe('The device 1 stands in line 2 already.');
  });

  it.each([
    ['', 'The first line must be the header device_id,device_type.'],
    ['1,scales', 'The first line must be the header device_id,device_type.'],
    [HEADER, 'The list is empty.'],
  ])('is refused when it is %j', (csv, fault) => {
    expect(parseDeviceList(csv).faults).toEqual([{ line: 1, fault }]);
  });

  it('has a largest size', () => {
    const linesOf = (count: number): string =>
      HEADER + Array.from({ length: count }, (_, index) => `${index + 1},scales`).join('\n');
    expect(parseDeviceList(linesOf(MAX_LISTED_DEVICES)).devices).toHaveLength(MAX_LISTED_DEVICES);
    expect(parseDeviceList(linesOf(MAX_LISTED_DEVICES + 1)).faults).toEqual([
      { line: 10_002, fault: 'A list has at most 10000 devices.' },
    ]);
  });

  it('is never half taken, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { devices, faults } = parseDeviceList(HEADER + text);
        expect(devices.length > 0).toBe(faults.length === 0);
      }),
    );
  });
});
