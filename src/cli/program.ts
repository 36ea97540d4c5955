import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addAdmin } from './commands/admin-password.js';
import { addCompletion } from './commands/completion.js';
import { addDeactivate } from './commands/deactivate.js';
import { addGet } from './commands/get.js';
import { addInspect } from './commands/inspect.js';
import { addList } from './commands/list.js';
import { addLogin } from './commands/login.js';
import { addLogs } from './commands/logs.js';
import { addRegister } from './commands/register.js';
import { addRelease } from './commands/release.js';
import { addSimulate } from './commands/simulate.js';
import { addStore } from './commands/store-check.js';
import { addUpdate } from './commands/update.js';
import { addUpload } from './commands/upload.js';
import { addVerify } from './commands/verify.js';
import { UsageFailure } from './api/failure.js';

const COMMANDS = [
  addLogin,
  addRelease,
  addUpload,
  addRegister,
  addList,
  addGet,
  addUpdate,
  addDeactivate,
  addVerify,
  addLogs,
  addInspect,
  addSimulate,
  addStore,
  addAdmin,
  addCompletion,
];

/** The command line of `ota`, as commander reads it. */
export function buildProgram(): Command {
  const program = new Command('ota');
  program
    .description('Publish firmware for a fleet of ESP32 devices, and watch it arrive.')
    // -V alone: --version is the version of a firmware.
    .version(ownVersion(), '-V', 'print the version of this command')
    .option('--server <url>', 'the server; OTA_SERVER, else http://localhost:8000')
    .option('--token <jwt>', 'a token instead of the kept one; also OTA_TOKEN')
    .option('--admin-token <jwt>', 'the same as --token')
    .option('--json', 'print what the server sent, as on a pipe')
    .configureHelp({ showGlobalOptions: true })
    .exitOverride(refuse)
    .configureOutput({ writeErr: () => undefined });
  for (const add of COMMANDS) add(program);
  return program;
}

/** Help and the version have been printed then; anything else was not understood. */
function refuse(error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  const [sentence = '', ...hints] = error.message.replace(/^error: /, '').split('\n');
  throw new UsageFailure(sentence, hints);
}

function ownVersion(): string {
  const file = new URL('../../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
