import type { Command } from 'commander';
import type { FirmwareDetail } from '../api/wire/firmware.js';
import { FIRMWARE_FIELDS } from '../api/wire/firmware.js';
import { firmwarePath } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, givenId, takeId } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { inSession, type Session } from '../session.js';

export interface ById {
  readonly id: number;
}

export function addGet(program: Command, io: Io): void {
  const command = program
    .command('get')
    .summary('show one firmware')
    .description('Shows one firmware, active or not.');
  takeId(command).action(inSession(io, get));
  examples(command, [
    ['Show firmware 7', 'ota get 7'],
    ['Show only its hash', 'ota get 7 --json | jq -r .file_hash'],
  ]);
}

async function get(options: Partial<ById>, session: Session, args: readonly unknown[]): Promise<void> {
  const id = givenId(options, args);
  const answer = await session.admin().send<FirmwareDetail>('GET', firmwarePath(id));
  session.output.show(answer, (body) => renderFirmware(body, session.output), FIRMWARE_FIELDS);
}
