import type { Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import { openUploadForm } from '../api/upload-form.js';
import type { UploadAnswer } from '../api/wire/firmware.js';
import type { Io } from '../io.js';
import { examples, givenFile, takeFile } from '../options.js';
import { imageText } from '../output/firmware.js';
import { bytes } from '../output/format.js';
import { uploadProgress } from '../output/progress.js';
import { renderFacts } from '../output/table.js';
import { addFileOverrides, fileOverridesOf, type OverrideOptions } from '../overrides.js';
import { inSession, type Session } from '../session.js';

interface UploadOptions extends OverrideOptions {
  readonly file?: string;
  readonly deviceType: string;
  readonly version?: string;
}

export function addUpload(program: Command, io: Io): void {
  const command = program
    .command('upload')
    .summary('upload an image to the firmware store')
    .description(
      'Uploads an image to the firmware store. It is not offered to devices until it is registered.',
    );
  takeFile(command)
    .requiredOption('--device-type <type>', 'device type it is for')
    .option(
      '--version <version>',
      'MAJOR.MINOR.PATCH, optionally with -prerelease (default: from the image)',
    );
  addFileOverrides(command).action(inSession(io, upload));
  examples(command, [
    ['Upload an image to register later', 'ota upload build/scales_bridge.bin --device-type scales_bridge'],
  ]);
}

async function upload(options: UploadOptions, session: Session, args: readonly unknown[]): Promise<void> {
  const { deviceType, version } = options;
  const fields = { device_type: deviceType, version, ...textsOf(fileOverridesOf(options)) };
  const { output } = session;
  const answer = await uploadFile(session, givenFile(options, args), fields);
  for (const warning of answer.body.image?.warnings ?? []) output.warn(warning);
  output.show(answer, (body) =>
    renderFacts(
      [
        ['Uploaded', `${body.filename}, ${bytes(body.file_size)}`],
        ['Device type', body.device_type],
        ['Version', body.version],
        ['Image', imageText(body.image) ?? '-'],
        ['Binary path', body.binary_path],
        ['SHA-256', body.file_hash],
      ],
      output.width,
      output.style,
    ),
  );
}

/** Converts flags to form fields. */
export const textsOf = (flags: Readonly<Record<string, boolean | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(flags).flatMap(([name, isSet]) => (isSet === true ? [[name, 'true']] : [])),
  );

/** Streams the file from disk, with a progress bar on a terminal. */
export async function uploadFile(
  session: Session,
  file: string,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<Answer<UploadAnswer>> {
  const admin = session.admin();
  const form = await openUploadForm(file, fields, (sent) => {
    progress.update(sent);
  });
  const progress = uploadProgress(file, form.fileSize, session.io, session.output.isWatched);
  try {
    return await admin.send('POST', '/api/ota/admin/upload', form);
  } finally {
    progress.stop();
    await form.close();
  }
}
