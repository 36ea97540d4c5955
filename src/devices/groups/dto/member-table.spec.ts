import fc from 'fast-check';
import { MemberTableReader, type MemberTable } from './member-table.js';

async function read(text: string, pieceLength = 65_536): Promise<MemberTable> {
  const reader = new MemberTableReader();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceLength) {
    if (!(await reader.write(bytes.subarray(at, at + pieceLength)))) break;
  }
  return reader.end();
}

describe('a table of members', () => {
  it('is the same however it arrives in pieces', async () => {
    const cell = fc.constantFrom('1', '24:6f:28:03:7e:51', '"2"', 'x', '', 'ü', '"a\nb"', '1;2');
    await fc.assert(
      fc.asyncProperty(fc.array(cell), fc.integer({ min: 1, max: 7 }), async (cells, pieceLength) => {
        const text = `name,device_id\n${cells.map((id) => `"ü, 1",${id}\n`).join('')}`;
        const [whole, pieces] = [await read(text), await read(text, pieceLength)];
        expect([pieces.deviceIds, pieces.faults]).toEqual([whole.deviceIds, whole.faults]);
      }),
      { numRuns: 50 },
    );
  });

  it('tells the line of a device, also below a value of several lines', async () => {
    const { deviceIds, lineOf } = await read('device_id,notes\n5,"a\nb"\n6,\n');
    expect([deviceIds, lineOf(5), lineOf(6)]).toEqual([[5, 6], 3, 4]);
  });

  it('has a largest size', async () => {
    const reader = new MemberTableReader(2);
    await reader.write(Buffer.from('device_id\n1\n2\n3\n'));
    const { deviceIds, faults } = await reader.end();
    expect(deviceIds).toEqual([1, 2]);
    expect(faults).toEqual([{ line: 4, fault: 'A group has at most 2 members.' }]);
  });

  it('lets others have their turns while it is read', async () => {
    let turns = 0;
    const count = (): void => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    const { deviceIds } = await read(`device_id\n${'1\n'.repeat(20_000)}`);
    clearImmediate(counting);
    expect(deviceIds).toHaveLength(20_000);
    expect(turns).toBeGreaterThan(38);
  });
});
