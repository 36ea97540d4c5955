import type { Command } from 'commander';
import { CommandFailure, UsageFailure } from '../api/failure.js';
import { wholeNumber } from '../options.js';
import { renderFirmware } from '../output/firmware.js';
import { canAsk, confirm } from '../prompt.js';
import { inSession, type Session } from '../session.js';
import { addRegistrationOptions, registerFirmware, type RegistrationOptions } from './register.js';
import { uploadFile } from './upload.js';

interface ReleaseOptions extends RegistrationOptions {
  readonly file: string;
  readonly deviceType: string;
  readonly version: string;
  readonly build: number;
  readonly yes?: boolean;
}

export function addRelease(program: Command): void {
  const command = program
    .command('release')
    .summary('upload and register in one step')
    .description('Uploads an image and registers it. Prints the firmware.')
    .requiredOption('--file <path>', 'the image, build/<project>.bin')
    .requiredOption('--device-type <type>', 'which devices it is for')
    .requiredOption('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease')
    .requiredOption('--build <number>', 'counts builds of one version', wholeNumber(1));
  addRegistrationOptions(command)
    .option('--yes', 'do not ask before --stable; a pipeline needs it')
    .action(inSession(release));
}

async function release(options: ReleaseOptions, session: Session): Promise<void> {
  if (options.stable === true && options.yes !== true) await confirmStable(options);
  const { body } = await uploadFile(session, options.file, {
    device_type: options.deviceType,
    version: options.version,
  });
  const { filename, device_type, version, binary_path, file_size, file_hash } = body;
  const file = { filename, device_type, version, binary_path, file_size, file_hash };
  const answer = await registerFirmware(session, options, { ...file, build_number: options.build });
  session.output.show(answer, (firmware) => renderFirmware(firmware, session.output.width));
}

/**
 * @throws UsageFailure where there is nobody to ask
 * @throws CommandFailure when the answer is no
 */
async function confirmStable({ deviceType, version, build }: ReleaseOptions): Promise<void> {
  if (!canAsk()) throw new UsageFailure('--stable needs --yes where nobody can be asked.');
  const question = `Offer ${version} build ${build} to every ${deviceType} that runs something older?`;
  if (!(await confirm(question))) throw new CommandFailure('Nothing was published.');
}
