import type { Command } from 'commander';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import { versionOf } from '../../domain/image-rules.js';
import { readImageFile } from '../image-file.js';
import { wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { canAsk, confirm } from '../prompt.js';
import { inSession, type Session } from '../session.js';
import { addRegistrationOptions, registerFirmware, type RegistrationOptions } from './register.js';
import { flagText, uploadFile } from './upload.js';

interface ReleaseOptions extends RegistrationOptions {
  readonly file: string;
  readonly deviceType?: string;
  readonly version?: string;
  readonly build?: number;
  readonly yes?: boolean;
}

/** As what an image is published. */
interface Release {
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
}

export function addRelease(program: Command): void {
  const command = program
    .command('release')
    .summary('upload and register in one step')
    .description(
      'Uploads an image and registers it; what is not given is read from the image. Prints the firmware.',
    )
    .requiredOption('--file <path>', 'the image, build/<project>.bin')
    .option('--device-type <type>', 'which devices it is for; else the project name of the image')
    .option('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease; else that of the image')
    .option(
      '--build <number>',
      'counts builds of one version; else that of 1.2.3+45 in the image',
      wholeNumber(1),
    );
  addRegistrationOptions(command)
    .option('--yes', 'do not ask before --stable; a pipeline needs it')
    .action(inSession(release));
}

async function release(options: ReleaseOptions, session: Session): Promise<void> {
  const { deviceType, version, build } = await completed(options);
  if (options.stable === true && options.yes !== true) await confirmStable({ deviceType, version, build });
  const { body } = await uploadFile(session, options.file, {
    device_type: deviceType,
    version,
    allow_version_mismatch: flagText(options.allowVersionMismatch),
  });
  const { filename, device_type, binary_path, file_size, file_hash } = body;
  const file = { filename, device_type, version, binary_path, file_size, file_hash };
  const answer = await registerFirmware(session, options, { ...file, build_number: build });
  session.output.show(answer, (firmware) => renderFirmware(firmware, session.output.width));
}

/** @throws UsageFailure when neither the options nor the image say it */
async function completed(options: ReleaseOptions): Promise<Release> {
  const { verdict } = await readImageFile(options.file);
  if (verdict.kind === 'refused') throw new CommandFailure(`${verdict.reason} (${verdict.code})`);
  const image = verdict.kind === 'application' ? verdict.image : null;
  const own = image && versionOf(image);
  const deviceType = options.deviceType ?? image?.app.projectName;
  const version = options.version ?? own?.version;
  const build = options.build ?? own?.build ?? undefined;
  if (deviceType === undefined) throw missing('device type', '--device-type');
  if (version === undefined) throw missing('semantic version', '--version');
  if (build === undefined) throw missing('build number', '--build');
  return { deviceType, version, build };
}

const missing = (what: string, flag: string): UsageFailure =>
  new UsageFailure(`The file says no ${what}: give it as ${flag}.`);

/**
 * @throws UsageFailure where there is nobody to ask
 * @throws CommandFailure when the answer is no
 */
async function confirmStable({ deviceType, version, build }: Release): Promise<void> {
  if (!canAsk()) throw new UsageFailure('--stable needs --yes where nobody can be asked.');
  const question = `Offer ${version} build ${build} to every ${deviceType} that runs something older?`;
  if (!(await confirm(question))) throw new CommandFailure('Nothing was published.');
}
