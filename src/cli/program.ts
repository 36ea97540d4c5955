import { Command, CommanderError, Option } from 'commander';
import { UsageFailure } from './api/failure.js';
import { addAdmin } from './commands/admin-password.js';
import { addAudit } from './commands/audit.js';
import { addBackup } from './commands/backup.js';
import { addCompletion } from './commands/completion.js';
import { addDeactivate } from './commands/deactivate.js';
import { addDelete } from './commands/delete.js';
import { addDevice } from './commands/device.js';
import { addDevices } from './commands/devices.js';
import { addEnrollKey } from './commands/enroll-key.js';
import { addForget } from './commands/forget.js';
import { addEvents } from './commands/events.js';
import { addFsck } from './commands/fsck.js';
import { addGet } from './commands/get.js';
import { addGroup } from './commands/group.js';
import { addInspect } from './commands/inspect.js';
import { addList } from './commands/list.js';
import { addLogin } from './commands/login.js';
import { addLogs } from './commands/logs.js';
import { addPassword } from './commands/password.js';
import { addPrune } from './commands/prune.js';
import { addRegister } from './commands/register.js';
import { addRelease } from './commands/release.js';
import { addRestore } from './commands/restore.js';
import { addRollback } from './commands/rollback.js';
import { addRollout } from './commands/rollout.js';
import { addSimulate } from './commands/simulate.js';
import { addSize } from './commands/size.js';
import { addLogout } from './commands/logout.js';
import { addStore } from './commands/store-check.js';
import { addTag } from './commands/tag.js';
import { addToken } from './commands/token.js';
import { addUpdate } from './commands/update.js';
import { addUpload } from './commands/upload.js';
import { addUser } from './commands/user.js';
import { addVerify } from './commands/verify.js';
import { addWhy } from './commands/why.js';
import { addWebhook } from './commands/webhook.js';
import { addWhoami } from './commands/whoami.js';
import { columnsOf, type Io } from './io.js';
import { FORMATS } from './output/output.js';
import { styleFor } from './output/style.js';

/** The groups and their commands, in the order of the help. */
const GROUPS: readonly (readonly [string, readonly ((program: Command, io: Io) => void)[]])[] = [
  ['Publish:', [addRelease, addUpload, addRegister, addInspect, addRollout, addRollback]],
  ['Manage firmware:', [addList, addGet, addUpdate, addDeactivate, addDelete, addPrune, addVerify]],
  ['Monitor devices:', [addLogs, addEvents, addWebhook, addSimulate]],
  ['Manage devices:', [addDevices, addDevice, addWhy, addTag, addGroup, addForget, addEnrollKey]],
  ['Manage access:', [addUser, addToken, addAudit]],
  ['Maintain the server:', [addStore, addAdmin, addBackup, addRestore, addFsck, addSize]],
  ['Set up:', [addLogin, addLogout, addWhoami, addPassword, addCompletion]],
];

/** Defines the command line of `ota` for commander. */
export function buildProgram(io: Io): Command {
  const program = new Command('ota');
  const style = styleFor(io.stdout, io.env);
  program
    .description('Publish firmware for a fleet of ESP32 devices and monitor the updates.')
    .usage('<command> [options]')
    .option('--server <url>', 'server address (default: OTA_SERVER, else http://localhost:8000)')
    .option('--token <token>', 'token to use instead of the saved one; also OTA_TOKEN')
    .option('--admin-token <token>', 'same as --token')
    .addOption(
      new Option('--format <format>', 'output format; default: table on a terminal, otherwise json').choices(
        FORMATS,
      ),
    )
    .option('--json', 'same as --format json')
    .option('--utc', 'show times in UTC instead of ages and local time')
    // After a command, --version is the version of a firmware; runOta handles --version before a command.
    .version(io.version, '-V', 'print the version of this command')
    .helpOption('-h, --help', 'show help')
    .addHelpCommand(
      new Command('help')
        .argument('[command]', 'the command')
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
  # Log in and publish an image as a draft
  ota login --server https://ota.example.com
  ota release build/scales_bridge.bin --build 8

  # Release it and monitor the update
  ota update 7 --stable
  ota logs --follow --firmware-id 7

Run ota <command> --help for details.
Exit codes: 0 success, 1 refused or failed, 2 usage error.`;

/** Returns whether the error is that a command group was given without a command, such as `ota store`. */
export const isGroupAlone = (error: unknown): boolean =>
  error instanceof CommanderError && error.code === 'commander.help' && error.exitCode !== 0;

/** Rethrows what commander throws after printing help or the version; anything else becomes a usage error. */
function refuse(error: CommanderError): never {
  if (error.exitCode === 0 || isGroupAlone(error)) throw error;
  const [sentence = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  throw new UsageFailure(sentence, hints);
}
