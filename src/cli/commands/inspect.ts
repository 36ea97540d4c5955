import type { Command } from 'commander';
import { CommandFailure } from '../api/failure.js';
import { readImageFile } from '../image-file.js';
import { readingAsJson, renderReading } from '../output/image.js';
import { Output } from '../output/output.js';
import type { GlobalOptions } from '../session.js';

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('say what an image is, and whether it is whole')
    .description(
      'Reads an image as the server reads an upload; needs no server. Exit code 1 for what it would refuse.',
    )
    .argument('<file>', 'the image, build/<project>.bin')
    .action(async (file: string, _options: object, command: Command) => {
      const { json } = command.optsWithGlobals<GlobalOptions>();
      const output = new Output(process.stdout.isTTY && json !== true);
      const reading = await readImageFile(file);
      output.line(
        output.isForPeople ? renderReading(reading, output.width) : JSON.stringify(readingAsJson(reading)),
      );
      const { verdict } = reading;
      if (verdict.kind === 'refused') throw new CommandFailure(`${verdict.reason} (${verdict.code})`);
      if (verdict.kind === 'unknown') output.note(verdict.reason);
    });
}
