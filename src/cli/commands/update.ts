import type { Command } from 'commander';
import { UsageFailure } from '../api/failure.js';
import type { FirmwareDetail } from '../api/wire.js';
import { emptyAsNull, wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { addOverrides, overridesOf, type OverrideOptions } from '../overrides.js';
import { inSession, type Session } from '../session.js';
import type { ById } from './get.js';

interface UpdateOptions extends ById, OverrideOptions {
  readonly stable?: boolean;
  readonly active?: boolean;
  readonly description?: string;
  readonly releaseNotes?: string;
  readonly minVersion?: string;
}

export function addUpdate(program: Command): void {
  const command = program
    .command('update')
    .summary('change a firmware')
    .description('Changes what is given, and nothing else. An empty text clears.')
    .requiredOption('--id <number>', 'the id that ota list shows', wholeNumber(1))
    .option('--stable', 'offer it to devices')
    .option('--no-stable', 'offer it no more')
    .option('--active', 'make an inactive one available again')
    .option('--no-active', 'neither offer nor serve it')
    .option('--description <text>', 'one line for a list')
    .option('--release-notes <text>', 'what is new')
    .option('--min-version <version>', 'devices on an older version are not offered it');
  addOverrides(command).action(inSession(update));
}

async function update(options: UpdateOptions, session: Session): Promise<void> {
  const changes = {
    is_stable: options.stable,
    is_active: options.active,
    description: emptyAsNull(options.description),
    release_notes: emptyAsNull(options.releaseNotes),
    min_current_version: emptyAsNull(options.minVersion),
  };
  if (Object.values(changes).every((value) => value === undefined)) {
    throw new UsageFailure('There is nothing to change: give at least one of the options.');
  }
  const path = `/api/ota/admin/firmware/${options.id}`;
  const answer = await session.admin().send<FirmwareDetail>('PATCH', path, {
    json: { ...changes, ...overridesOf(options) },
  });
  session.output.show(answer, (body) => renderFirmware(body, session.output.width));
}
