import type { Command } from 'commander';
import type { FileReading } from '../../domain/esp-image/esp-image.js';
import type { ApiClient } from '../api/api-client.js';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import { Refusal } from '../api/problem.js';
import { FIRMWARE_FIELDS } from '../api/wire/firmware.js';
import { requireAnswerable } from '../confirmation.js';
import { listAllFirmware } from '../find-firmware.js';
import type { Io } from '../io.js';
import { examples, givenFile, takeFile, wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { fileOverridesOf, overridesOf } from '../overrides.js';
import { inSession, type Session } from '../session.js';
import { inspectBefore } from './preflight.js';
import { addRegistrationOptions, registerFirmware } from './register.js';
import { addReleaseWays, chooseReleaseWay, rollOut, type ReleaseWayOptions } from './release-way.js';
import { textsOf, uploadFile } from './upload.js';

interface ReleaseOptions extends ReleaseWayOptions {
  readonly file?: string;
  readonly deviceType?: string;
  readonly version?: string;
  readonly build?: number;
}

/** The identity under which an image is published. */
interface Release {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
}

export function addRelease(program: Command, io: Io): void {
  const command = program
    .command('release')
    .summary('upload and register in one step')
    .description(
      'Uploads an image and registers it; missing options are read from the image. First asks the server whether it would ' +
        'accept the image. With --stable or --rollout, shows how many devices would be offered it and asks for ' +
        'confirmation. Prints the firmware.',
    );
  takeFile(command)
    .option('--device-type <type>', 'device type it is for (default: project name in the image)')
    .option('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease (default: from the image)')
    .option('--build <number>', 'build number (default: 45 if the image contains 1.2.3+45)', wholeNumber(1));
  addReleaseWays(addRegistrationOptions(command)).action(inSession(io, release));
  examples(command, [
    ['Publish a draft, which is not offered to devices yet', 'ota release build/scales_bridge.bin --build 8'],
    ['Release it to the fleet immediately', 'ota release build/scales_bridge.bin --build 8 --stable'],
    ['Release it to a few devices first', 'ota release build/scales_bridge.bin --build 8 --rollout'],
    ['Release it from a pipeline', 'ota release --file build/scales_bridge.bin --build 8 --stable --yes'],
  ]);
}

async function release(options: ReleaseOptions, session: Session, args: readonly unknown[]): Promise<void> {
  const { output } = session;
  const path = givenFile(options, args);
  if (options.rollout === true) requireAnswerable(options, session, '--rollout');
  else if (options.stable === true) requireAnswerable(options, session, '--stable');
  const admin = session.admin();
  const { readImageFile, warningsOf } = await import('../image-file.js');
  const reading = await readImageFile(path);
  const target = await completed(options, reading);
  await refuseExisting(admin, target);
  const { deviceType: device_type, version, build: build_number } = target;
  const fields = {
    device_type,
    version,
    build_number: String(build_number),
    ...textsOf(overridesOf(options)),
  };
  // The file is sent twice so that the server can refuse it before a person is asked.
  const warnings = (await inspectBefore(admin, path, fields)) ?? warningsOf(reading);
  for (const warning of warnings) output.warn(warning);
  const way = await chooseReleaseWay(options, session, {
    device_type,
    version,
    build_number,
    min_current_version: options.minVersion ?? null,
  });
  const { body } = await uploadFile(session, path, {
    device_type,
    version,
    ...textsOf(fileOverridesOf(options)),
  });
  const { filename, binary_path, file_size, file_hash, image } = body;
  for (const warning of image?.warnings ?? []) if (!warnings.includes(warning)) output.warn(warning);
  const file = { filename, device_type: body.device_type, version, binary_path, file_size, file_hash };
  const choice = way === 'rollout' ? { ...options, stable: false } : options;
  const answer = await registerFirmware(session, choice, { ...file, build_number });
  output.show(answer, (firmware) => renderFirmware(firmware, output), FIRMWARE_FIELDS);
  if (way === 'rollout') await rollOut(session, answer.body);
}

/** @throws UsageFailure if neither the options nor the image contain a value */
async function completed(options: ReleaseOptions, { verdict }: FileReading): Promise<Release> {
  if (verdict.kind === 'refused') throw new CommandFailure(`${verdict.reason} (${verdict.code})`);
  const { versionOf } = await import('../../domain/image-rules.js');
  const image = verdict.kind === 'application' ? verdict.image : null;
  const own = image && versionOf(image);
  const deviceType = options.deviceType ?? image?.app.projectName;
  const version = options.version ?? own?.version;
  const build = options.build ?? own?.build ?? undefined;
  const hints = verdict.kind === 'unknown' ? [verdict.reason] : [];
  if (deviceType === undefined) throw missing('device type', '--device-type', hints);
  if (version === undefined) throw missing('semantic version', '--version', hints);
  if (build === undefined) throw missing('build number', '--build', hints);
  return { deviceType, version, build };
}

const missing = (what: string, flag: string, hints: readonly string[]): UsageFailure =>
  new UsageFailure(`The file contains no ${what}: specify it with ${flag}.`, hints);

/**
 * Checks for an existing firmware before the upload; the server would check only after receiving the whole file.
 * @throws Refusal FIRMWARE_EXISTS
 */
async function refuseExisting(admin: ApiClient, { deviceType, version, build }: Release): Promise<void> {
  const rows = await listAllFirmware(admin, deviceType);
  const existing = rows.find((row) => row.version === version && row.build_number === build);
  if (!existing) return;
  const detail = `${deviceType} ${version} build ${build} is registered already, as firmware ${existing.id}.`;
  throw new Refusal({ status: 409, code: 'FIRMWARE_EXISTS', detail }, admin.server);
}
