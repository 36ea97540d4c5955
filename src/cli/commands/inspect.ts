import type { Command } from 'commander';
import { say } from '../../domain/sentence.js';
import { CommandFailure } from '../api/failure.js';
import { openUploadForm } from '../api/upload-form.js';
import type { Inspection } from '../api/wire/firmware.js';
import type { Io } from '../io.js';
import { examples, givenFile, takeFile, wholeNumber } from '../options.js';
import { imageText } from '../output/firmware.js';
import { whole } from '../output/format.js';
import { renderFacts } from '../output/table.js';
import { inSession, outputOf, type GlobalOptions, type Session } from '../session.js';
import { refuseProblems } from './preflight.js';

interface InspectOptions {
  readonly file?: string;
  readonly onServer?: boolean;
  readonly deviceType?: string;
  readonly version?: string;
  readonly build?: number;
}

export function addInspect(program: Command, io: Io): void {
  const command = program
    .command('inspect')
    .summary('show what an image contains and whether it is complete')
    .description(
      'Reads an image as the server reads an upload; needs no server. With --on-server, the server returns every problem ' +
        'and warning of an upload and a release, and stores nothing. Exit code 1 if the image would be refused.',
    );
  takeFile(command)
    .option('--on-server', 'check on the server, which also knows the published firmware')
    .option('--device-type <type>', 'with --on-server: device type to publish it for')
    .option('--version <version>', 'with --on-server: version to publish it as')
    .option('--build <number>', 'with --on-server: build to publish it as', wholeNumber(1))
    .action(async (...given: unknown[]) => {
      const options = given.at(-2) as InspectOptions;
      const run = options.onServer === true ? inSession(io, inspectOnServer) : inspectHere(io);
      await run(...given);
    });
  examples(command, [
    ['Show the contents of an image', 'ota inspect build/scales_bridge.bin'],
    ['Check whether the server would accept it', 'ota inspect build/scales_bridge.bin --on-server --build 8'],
  ]);
}

const inspectHere =
  (io: Io) =>
  async (...given: unknown[]): Promise<void> => {
    const file = givenFile(given.at(-2) as InspectOptions, given);
    const output = outputOf((given.at(-1) as Command).optsWithGlobals<GlobalOptions>(), io);
    const [
      { readImageFile, warningsOf, orderWarningsOf },
      { formatFinding },
      { readingAsJson, renderReading },
    ] = await Promise.all([
      import('../image-file.js'),
      import('../../domain/image-rules.js'),
      import('../output/image.js'),
    ]);
    const reading = await readImageFile(file);
    const warnings = [...warningsOf(reading), ...orderWarningsOf(reading)];
    const json = { ...readingAsJson(reading), warnings };
    output.show({ body: json, text: JSON.stringify(json) }, () => renderReading(reading, output));
    for (const warning of warnings) output.warn(warning);
    const finding = formatFinding(reading.verdict, true);
    if (finding) throw new CommandFailure(`${say(finding.reason)} (${finding.code})`);
  };

async function inspectOnServer(
  options: InspectOptions,
  session: Session,
  args: readonly unknown[],
): Promise<void> {
  const { output } = session;
  const { deviceType, version, build } = options;
  const fields = {
    device_type: deviceType,
    version,
    build_number: build === undefined ? undefined : String(build),
  };
  const form = await openUploadForm(givenFile(options, args), fields, () => undefined);
  try {
    const answer = await session.admin().send<Inspection>('POST', '/api/ota/admin/inspect', form);
    output.show(answer, (body) => renderInspection(body, session));
    for (const warning of answer.body.warnings) output.warn(warning);
    refuseProblems(answer.body);
  } finally {
    await form.close();
  }
}

function renderInspection(
  { file_size, file_hash, image, suggested, problems, same_file, predecessor }: Inspection,
  { output }: Session,
): string {
  const { device_type, version, build_number } = suggested;
  return renderFacts(
    [
      ['Verdict', problems.length === 0 ? 'would be accepted' : 'would be refused'],
      ['Image', imageText(image) ?? '-'],
      ['Device type', device_type ?? '-'],
      ['Version', `${version ?? '-'}, build ${build_number ?? '-'}`],
      ['Predecessor', predecessor === null ? 'none' : `firmware ${predecessor}`],
      ['Same file', same_file === null ? 'none' : `firmware ${same_file}`],
      ['File', `${whole(file_size)} bytes`],
      ['SHA-256', file_hash],
    ],
    output.width,
    output.style,
  );
}
