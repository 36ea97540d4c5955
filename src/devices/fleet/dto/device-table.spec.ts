import { readDeviceTable } from './device-table.js';

const changesOf = async (csv: string): Promise<unknown> => (await readDeviceTable(csv)).changes;
const faultsOf = async (csv: string): Promise<string[]> =>
  (await readDeviceTable(csv)).faults.map(({ line, fault }) => `${line}: ${fault}`);

describe('a table of devices', () => {
  it('sets what has a column, and clears where a cell is empty', async () => {
    const csv = [
      '\uFEFFdevice_id,name,tags,channel,notes,attr.floor,attr.wet,version',
      '24:6f:28:03:7e:51,"Munich, ""7""",lab  beta,beta,"two',
      'lines",3,true,1.0.0',
      '',
      '5,,,,,,,',
    ].join('\r\n');
    expect(await changesOf(csv)).toEqual([
      {
        line: 3,
        deviceId: 0x246f28037e51,
        change: {
          name: 'Munich, "7"',
          tags: ['beta', 'lab'],
          channel: 'beta',
          notes: 'two\nlines',
          attributes: { floor: 3, wet: true },
        },
      },
      {
        line: 5,
        deviceId: 5,
        change: {
          name: null,
          tags: [],
          channel: 'stable',
          notes: null,
          attributes: { floor: null, wet: null },
        },
      },
    ]);
  });

  it('is read with semicolons, as some spreadsheets save it, and without the apostrophes of an export', async () => {
    expect(await changesOf("id;name\n7;'=Main, street\n8;'quoted'\n")).toEqual([
      { line: 2, deviceId: 7, change: { name: '=Main, street' } },
      { line: 3, deviceId: 8, change: { name: "'quoted'" } },
    ]);
  });

  it.each([
    ['', ['1: The table is empty.']],
    ['id,name\n', ['1: The table has no devices.']],
    ['name\nx\n', ['1: There must be one column id or device_id.']],
    ['id\n7\n', [/^1: There must be a column of what is to be changed/]],
    ['id,version\n7,1\n', [/^1: There must be a column of what is to be changed/]],
    ['id,nam\n7,x\n', [/^1: There is no column "nam"/, /^1: There must be a column/]],
    ['id,attr.Floor,name\n7,x,y\n', [/^1: There is no column "attr.Floor"/]],
    ['id,name,name\n7,x,y\n', ['1: The column "name" stands twice.']],
    ['id,device_id,name\n7,7,y\n', ['1: There must be one column id or device_id.']],
    ['id,name\n7\n8,a,b\n', ['2: It has 1 values instead of 2.', '3: It has 3 values instead of 2.']],
    ['id,name\nx,a\n0,b\n', [/^2: The id "x" must be a number/, /^3: The id "0" must be/]],
    ['id,name\n7,a\n7,b\n', ['3: The device 7 stands in line 2 already.']],
    ['id,channel,tags\n7,A,B\n', [/^2: channel must be/, /^2: tags must be/]],
    [`id,attr.x\n7,${'x'.repeat(65)}\n`, [/^2: attributes must be/]],
    ['id,name\n7,"a\n', [/^\d: The quotes/]],
    ['id,name\n7,a"b\n', [/^\d: The quotes/]],
  ])('%j is refused with all that is wrong', async (csv, faults) => {
    const found = await faultsOf(csv);
    expect(found).toHaveLength(faults.length);
    faults.forEach((fault, index) => {
      expect(found[index]).toMatch(
        typeof fault === 'string' ? new RegExp(`^${fault.replaceAll('.', '\\.')}$`) : fault,
      );
    });
    expect(await changesOf(csv)).toEqual([]);
  });

  it('has at most 10,000 devices, and what comes after them is not read', async () => {
    const lines = Array.from({ length: 10_000 }, (_, n) => `${n + 1},x`);
    const csv = `id,name\n${lines.join('\n')}\n`;
    expect((await readDeviceTable(csv)).changes).toHaveLength(10_000);
    const refused = ['10002: A table has at most 10000 devices.'];
    expect(await faultsOf(`${csv}7,x\n8,"x`)).toEqual(refused);
    expect(await faultsOf(`id,name\n${'x,\n'.repeat(249_000)}`)).toEqual(refused);
  });

  it.each([61, 6_000])(
    'has at most 60 columns, and not %i, which are refused with one sentence',
    async (count) => {
      const attributes = Array.from({ length: count - 1 }, (_, n) => `attr.a${n}`);
      const csv = `id,${attributes.join()}\n${'x\n'.repeat(12)}`;
      expect(await faultsOf(csv)).toEqual([`1: There are ${count} columns; a table has at most 60.`]);
    },
  );

  it('has no line that is longer than any of a table', async () => {
    expect(await faultsOf(`id,name\n7,${'x'.repeat(100_000)}\n`)).toEqual([expect.stringMatching(/longer/)]);
  });

  it.each([
    ['lines', `id,name\n${'x,\n'.repeat(9_000)}`],
    ['empty lines', `id,name\n${'\n'.repeat(100_000)}7,x`],
    ['a header', `id,${'name,'.repeat(8_000)}`],
  ])('lets others have their turns while it is read: %s', async (_what, csv) => {
    let turns = 0;
    const count = (): void => {
      turns++;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    await readDeviceTable(csv);
    clearImmediate(counting);
    expect(turns).toBeGreaterThanOrEqual(Math.floor(csv.length / 1_024));
  });
});
