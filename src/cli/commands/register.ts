import type { Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import { FIRMWARE_FIELDS, type FirmwareDetail } from '../api/wire/firmware.js';
import {
  askFirst,
  describeAudience,
  wouldBeOffered,
  YES,
  type Candidate,
  type Confirmable,
} from '../confirmation.js';
import type { Io } from '../io.js';
import { wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { addOverrides, overridesOf, type OverrideOptions } from '../overrides.js';
import { canAsk } from '../prompt.js';
import { inSession, type Session } from '../session.js';

/** The options of `register` and `release` apart from those of the file. */
export interface RegistrationOptions extends OverrideOptions, Confirmable {
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

export function addRegister(program: Command, io: Io): void {
  const command = program
    .command('register')
    .summary('register an uploaded image as a firmware')
    .description(
      'Registers an uploaded image as a firmware, with the values that the upload returned. On a terminal, --stable asks ' +
        'for confirmation.',
    )
    .requiredOption('--device-type <type>', 'device type it is for')
    .requiredOption('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease')
    .requiredOption('--build <number>', 'build number, counts builds of one version', wholeNumber(1))
    .requiredOption('--filename <name>', 'name of the file')
    .requiredOption('--file-size <bytes>', 'as returned by the upload', wholeNumber(1))
    .requiredOption('--file-hash <sha256>', 'as returned by the upload, 64 hex digits')
    .requiredOption('--binary-path <path>', 'as returned by the upload');
  addRegistrationOptions(command).action(inSession(io, register));
}

export function addRegistrationOptions(command: Command): Command {
  const before = command
    .option('--description <text>', 'one line for lists')
    .option('--release-notes <text>', 'what is new')
    .option('--stable', 'offer it to devices immediately')
    .option('--min-version <version>', 'devices on an older version are not offered it')
    .option(...YES);
  return addOverrides(before);
}

async function register(options: RegisterOptions, session: Session): Promise<void> {
  // Existing scripts that register after an upload do not pass --yes, so only a person is asked.
  if (options.stable === true && canAsk(session.io)) {
    await askBeforeRelease(options, session, {
      device_type: options.deviceType,
      version: options.version,
      build_number: options.build,
      min_current_version: options.minVersion ?? null,
    });
  }
  const answer = await registerFirmware(session, options, {
    device_type: options.deviceType,
    version: options.version,
    build_number: options.build,
    filename: options.filename,
    file_size: options.fileSize,
    file_hash: options.fileHash,
    binary_path: options.binaryPath,
  });
  session.output.show(answer, (body) => renderFirmware(body, session.output), FIRMWARE_FIELDS);
}

/** @throws CommandFailure when the answer is no */
export function askBeforeRelease(
  options: Confirmable,
  session: Session,
  candidate: Candidate,
): Promise<void> {
  const { version, build_number, device_type } = candidate;
  const describe = async (): Promise<string> => {
    const audience = await describeAudience(session.admin(), candidate, wouldBeOffered);
    return `Release ${version} build ${build_number} to ${device_type}: ${audience}.`;
  };
  return askFirst(options, session, describe, 'Nothing was published.');
}

/** @param file the fields of the stored file, in their names on the wire */
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
