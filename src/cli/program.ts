import { Command, CommanderError, Option } from 'commander';
import { UsageFailure } from './api/failure.js';
import { addAdmin } from './commands/admin-password.js';
import { addCompletion } from './commands/completion.js';
import { addDeactivate } from './commands/deactivate.js';
import { addDelete } from './commands/delete.js';
import { addGet } from './commands/get.js';
import { addInspect } from './commands/inspect.js';
import { addList } from './commands/list.js';
import { addLogin } from './commands/login.js';
import { addLogs } from './commands/logs.js';
import { addPrune } from './commands/prune.js';
import { addRegister } from './commands/register.js';
import { addRelease } from './commands/release.js';
import { addSimulate } from './commands/simulate.js';
import { addStore } from './commands/store-check.js';
import { addUpdate } from './commands/update.js';
import { addUpload } from './commands/upload.js';
import { addVerify } from './commands/verify.js';
import { columnsOf, type Io } from './io.js';
import { FORMATS } from './output/output.js';
import { styleFor } from './output/style.js';

/** In the order of the help. */
const GROUPS: readonly (readonly [string, readonly ((program: Command, io: Io) => void)[]])[] = [
  ['Publish:', [addRelease, addUpload, addRegister, addInspect]],
  ['Manage firmware:', [addList, addGet, addUpdate, addDeactivate, addDelete, addPrune, addVerify]],
  ['Watch devices:', [addLogs, addSimulate]],
  ['Run the server:', [addStore, addAdmin]],
  ['Set up:', [addLogin, addCompletion]],
];

/** The command line of `ota`, as commander reads it. */
export function buildProgram(io: Io): Command {
  const program = new Command('ota');
  const style = styleFor(io.stdout, io.env);
  program
    .description('Publish firmware for a fleet of ESP32 devices, and watch it arrive.')
    .usage('<command> [options]')
    .option('--server <url>', 'the server; OTA_SERVER, else http://localhost:8000')
    .option('--token <token>', 'a token instead of the kept one; also OTA_TOKEN')
    .option('--admin-token <token>', 'the same as --token')
    .addOption(
      new Option('--format <format>', 'table on a terminal, else json: what the server sent').choices(
        FORMATS,
      ),
    )
    .option('--json', 'the same as --format json')
    .option('--utc', 'show times in UTC instead of ages and local time')
    // Behind a command, --version is the version of a firmware; runOta understands the one in front.
    .version(io.version, '-V', 'print the version of this command')
    .helpOption('-h, --help', 'show help')
    .addHelpCommand(
      new Command('help')
        .argument('[command]', 'which one')
        .description('show help for a command')
        .helpGroup('Set up:'),
    )
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => style('bold', title),
      subcommandTerm: (command) => command.name(),
      optionTerm: ({ flags }) => (flags === '-V' ? '-V, --version' : flags),
      visibleGlobalOptions: (command) =>
        command === program ? [] : program.options.filter(({ flags }) => flags !== '-V'),
    })
    .exitOverride(refuse)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => (io.stdout.isTTY === true ? columnsOf(io.stdout) : 100),
      getOutHasColors: () => true,
    });
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const add of commands) add(program, io);
  }
  program.addHelpText('after', HELP_END);
  return program;
}

const HELP_END = `
Examples:
  # Log in, and publish an image as a draft
  ota login --server https://ota.example.com
  ota release build/scales_bridge.bin --build 8

  # Release it, and watch it arrive
  ota update 7 --stable
  ota logs --follow --firmware-id 7

ota <command> --help tells more.
Exit codes: 0 done, 1 refused or failed, 2 wrong usage.`;

/** Whether a command that only groups others was given alone, such as `ota store`. */
export const isGroupAlone = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.help' && error.exitCode !== 0;

/** Help and the version have been printed then; anything else was not understood. */
function refuse(error: CommanderError): never {
  if (error.exitCode === 0 || isGroupAlone(error)) throw error;
  const [sentence = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  throw new UsageFailure(sentence, hints);
}
