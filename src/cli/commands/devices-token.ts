import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDeviceId } from '../../domain/device-id.js';
import { readTable, withAllLines } from '../device-table.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { whole } from '../output/format.js';
import { writePrivateFile } from '../private-file.js';
import { inSession, type Session } from '../session.js';

interface TokensOptions {
  readonly csv: string;
  readonly out: string;
  readonly reset?: boolean;
}

interface TokensAnswer {
  readonly devices: readonly {
    readonly device_id: number;
    readonly device_type: string;
    readonly device_token: string;
  }[];
}

export function addDevicesToken(group: Command, io: Io): void {
  const command = group
    .command('token')
    .summary('create the tokens of many devices')
    .description(
      'Creates a token for each device of a table with the header device_id,device_type and at most 10,000 lines, and ' +
        'writes a table with the column device_token added. A device id may be a MAC address, and is written as it is ' +
        'in the table. If a line is faulty, no ' +
        'token is created. The file can only be read by you: whoever has it can speak for these devices.',
    )
    .requiredOption('--csv <path>', 'table of the devices')
    .requiredOption('--out <path>', 'file to write; it must not exist')
    .option('--reset', 'revoke the tokens of devices that use theirs already')
    .action(inSession(io, makeTokens));
  examples(command, [['Prepare a production line', 'ota devices token --csv devices.csv --out tokens.csv']]);
}

async function makeTokens({ csv, out, reset }: TokensOptions, session: Session): Promise<void> {
  const table = await readTable(csv);
  const admin = session.admin();
  const { result: count } = await writePrivateFile(out, async (file) => {
    const { body } = await admin
      .send<TokensAnswer>('POST', '/api/ota/admin/devices/tokens', { json: { csv: table, reset } })
      .catch((error: unknown) => {
        throw withAllLines(error, csv, 'no token was created');
      });
    writeFileSync(file, toCsv(body, writtenIds(table)));
    return body.devices.length;
  });
  const result = { success: true, devices: count, file: out };
  session.output.show(
    { body: result, text: JSON.stringify(result) },
    () => `Created ${whole(count)} tokens in ${out}.`,
  );
}

/** The ids as the table has them, such as MAC addresses, by their numbers: a production line looks for these. */
function writtenIds(table: string): ReadonlyMap<number, string> {
  const texts = table.split(/\r?\n/).map((line) => (line.split(',', 1)[0] ?? '').trim());
  return new Map(
    texts.map((text) => text.replace(/^"(.*)"$/, '$1')).map((text) => [parseDeviceId(text) ?? 0, text]),
  );
}

const toCsv = ({ devices }: TokensAnswer, ids: ReadonlyMap<number, string>): string =>
  [
    'device_id,device_type,device_token',
    ...devices.map(({ device_id, device_type, device_token }) =>
      [ids.get(device_id) ?? device_id, device_type, device_token].join(),
    ),
    '',
  ].join('\n');
