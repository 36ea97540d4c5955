import type { Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import type { FirmwareDetail } from '../api/wire.js';
import { wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { addOverrides, overridesOf, type OverrideOptions } from '../overrides.js';
import { inSession, type Session } from '../session.js';

/** What `register` and `release` say of a firmware beside its file. */
export interface RegistrationOptions extends OverrideOptions {
  readonly description?: string;
  readonly releaseNotes?: string;
  readonly stable?: boolean;
  readonly minVersion?: string;
}

interface RegisterOptions extends RegistrationOptions {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  readonly filename: string;
  readonly fileSize: number;
  readonly fileHash: string;
  readonly binaryPath: string;
}

export function addRegister(program: Command): void {
  const command = program
    .command('register')
    .summary('make an uploaded image a firmware')
    .description('Makes an uploaded image a firmware, with what the upload answered.')
    .requiredOption('--device-type <type>', 'which devices it is for')
    .requiredOption('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease')
    .requiredOption('--build <number>', 'counts builds of one version', wholeNumber(1))
    .requiredOption('--filename <name>', 'the name of the file')
    .requiredOption('--file-size <bytes>', 'as the upload answered', wholeNumber(1))
    .requiredOption('--file-hash <sha256>', 'as the upload answered')
    .requiredOption('--binary-path <path>', 'as the upload answered');
  addRegistrationOptions(command).action(inSession(register));
}

export function addRegistrationOptions(command: Command): Command {
  return addOverrides(command)
    .option('--description <text>', 'one line for a list')
    .option('--release-notes <text>', 'what is new')
    .option('--stable', 'offer it to devices at once')
    .option('--min-version <version>', 'devices on an older version are not offered it');
}

async function register(options: RegisterOptions, session: Session): Promise<void> {
  const answer = await registerFirmware(session, options, {
    device_type: options.deviceType,
    version: options.version,
    build_number: options.build,
    filename: options.filename,
    file_size: options.fileSize,
    file_hash: options.fileHash,
    binary_path: options.binaryPath,
  });
  session.output.show(answer, (body) => renderFirmware(body, session.output.width));
}

/** @param file the facts of the stored file, in the names of the wire */
export function registerFirmware(
  session: Session,
  options: RegistrationOptions,
  file: Readonly<Record<string, string | number>>,
): Promise<Answer<FirmwareDetail>> {
  return session.admin().send('POST', '/api/ota/admin/firmware', {
    json: {
      ...file,
      description: options.description,
      release_notes: options.releaseNotes,
      is_stable: options.stable,
      min_current_version: options.minVersion,
      ...overridesOf(options),
    },
  });
}
