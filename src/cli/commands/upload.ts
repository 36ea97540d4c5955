import type { Command } from 'commander';
import type { Answer } from '../api/api-client.js';
import { openUploadForm } from '../api/upload-form.js';
import type { UploadAnswer } from '../api/wire.js';
import { bytes } from '../output/format.js';
import { uploadProgress } from '../output/progress.js';
import { renderFacts } from '../output/table.js';
import { inSession, type Session } from '../session.js';

interface UploadOptions {
  readonly file: string;
  readonly deviceType: string;
  readonly version?: string;
  readonly allowVersionMismatch?: boolean;
}

export function addUpload(program: Command): void {
  program
    .command('upload')
    .summary('put an image into the firmware store')
    .description('Puts an image into the firmware store. Devices do not see it until it is registered.')
    .requiredOption('--file <path>', 'the image, build/<project>.bin')
    .requiredOption('--device-type <type>', 'which devices it is for')
    .option('--version <version>', 'MAJOR.MINOR.PATCH, optionally with -prerelease; else that of the image')
    .option('--allow-version-mismatch', 'though the image says another version')
    .action(inSession(upload));
}

async function upload(options: UploadOptions, session: Session): Promise<void> {
  const { file, deviceType, version, allowVersionMismatch } = options;
  const fields = { device_type: deviceType, version, allow_version_mismatch: flagText(allowVersionMismatch) };
  session.output.show(await uploadFile(session, file, fields), (body) =>
    renderFacts(
      [
        ['Uploaded', `${body.filename}, ${bytes(body.file_size)}`],
        ['Device type', body.device_type],
        ['Version', body.version],
        ['Binary path', body.binary_path],
        ['SHA-256', body.file_hash],
      ],
      session.output.width,
    ),
  );
}

/** A flag as a field of a form. */
export const flagText = (isSet: boolean | undefined): string | undefined =>
  isSet === true ? 'true' : undefined;

/** Streams the file from disk, with a progress bar where somebody looks. */
export async function uploadFile(
  session: Session,
  file: string,
  fields: Readonly<Record<string, string | undefined>>,
): Promise<Answer<UploadAnswer>> {
  const admin = session.admin();
  const form = await openUploadForm(file, fields, (sent) => {
    progress.update(sent);
  });
  const progress = uploadProgress(file, form.fileSize, session.output.isForPeople);
  try {
    return await admin.send('POST', '/api/ota/admin/upload', form);
  } finally {
    progress.stop();
    await form.close();
  }
}
