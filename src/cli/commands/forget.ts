import type { Command } from 'commander';
import { changeMatching } from '../bulk.js';
import { UsageFailure } from '../api/failure.js';
import { requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { FilterCommand, filterOf, requireNamedIds } from '../filter-words.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { counted } from '../output/format.js';
import { inSession, type Session } from '../session.js';

interface ForgetOptions extends Confirmable {
  readonly every?: boolean;
}

export function addForget(program: Command, io: Io): void {
  const command = new FilterCommand('forget')
    .summary('delete devices with their attempts')
    .description(
      'Deletes the devices that match a filter, with their attempts. A device that checks again is a new one; revoked tokens ' +
        'remain revoked, and blocked devices blocked. Shows how many match and asks for confirmation. Takes the role admin.',
    )
    .argument('[filter...]', 'the devices to delete, such as id:900000000..900009999')
    .option('--every', 'delete all devices, when there is no filter')
    .option(...YES)
    .action(inSession(io, forget));
  command.copyInheritedSettings(program);
  program.addCommand(command);
  examples(command, [
    ['Forget simulated devices', 'ota forget "id:900000000..900009999"'],
    ['Forget what was not seen for a year', 'ota forget "-seen:365d" --yes'],
  ]);
}

async function forget(options: ForgetOptions, session: Session, [words]: readonly unknown[]): Promise<void> {
  const q = filterOf(words);
  if ((q === '') !== (options.every === true)) {
    throw new UsageFailure('Specify a filter, or --every for all devices.');
  }
  requireNamedIds(q);
  requireAnswerable(options, session, 'ota forget');
  const describe = (devices: string): string =>
    `Delete ${devices}${q === '' ? ', which are all,' : ` that match ${q},`} with their attempts.`;
  const answer = await changeMatching(session, q, { delete: true }, options, describe);
  session.output.show(answer, ({ changed }) => `Deleted ${counted(changed, 'device')}.`);
}
