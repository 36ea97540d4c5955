import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findPostmaster, stopPostmaster } from '../../src/database/embedded/postmaster.js';

/** The built server as a process of its own, with all that it keeps in one folder. */
export class ServerProcess {
  output = '';
  errors = '';
  /** The exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(
    readonly folder: string,
    env: Readonly<Record<string, string>> = {},
    /** Where it was built: in this folder, or another version elsewhere. */
    root = '.',
  ) {
    this.child = spawn(process.execPath, [join(root, 'dist/src/main.js')], {
      env: {
        PATH: process.env['PATH'] ?? '',
        HOST: '127.0.0.1',
        PORT: '0',
        DATA_DIR: join(folder, 'data'),
        FIRMWARE_STORE: join(folder, 'store'),
        LOG_LEVEL: 'warn',
        // Most tests are about other things than images, and publish any bytes.
        REQUIRE_ESP_IMAGE: 'false',
        // Tests are many new devices at one address, and do in a second what others do in a day.
        RATE_LIMIT_DEVICE_PER_MINUTE: '0',
        NEW_DEVICES_PER_MINUTE: '0',
        ...env,
      },
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.errors += text.toString()));
    this.ended = new Promise((resolve) => this.child.once('exit', resolve));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** @returns the address, once it is printed. @throws Error with what the server said, when it ends before */
  async ready(): Promise<string> {
    for (;;) {
      const address = /OTA server +(\S+)/.exec(this.output)?.[1];
      if (address !== undefined) return address;
      if (this.child.exitCode !== null) throw new Error(`The server ended: ${this.errors}${this.output}`);
      await sleep(10);
    }
  }

  get password(): string | undefined {
    return /First admin +\S+ \/ (\S+)/.exec(this.output)?.[1];
  }

  kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.ended;
  }
}

export const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'ota-test-server-'));

/** Also the PostgreSQL that a killed server left running. */
export async function removeFolder(folder: string): Promise<void> {
  const postmaster = findPostmaster(join(folder, 'data', 'postgres'));
  if (postmaster) await stopPostmaster(postmaster.pid);
  rmSync(folder, { recursive: true, force: true });
}
