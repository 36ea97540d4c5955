import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommandFailure } from '../api/failure.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));

/** A server in a separate process, with its data in a temporary folder. */
export class LocalServer {
  readonly password = randomUUID();
  private readonly folder = mkdtempSync(join(tmpdir(), 'ota-demo-'));
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private output = '';

  constructor() {
    this.child = spawn(process.execPath, [MAIN], {
      cwd: this.folder,
      // Ctrl-C on a terminal goes to every process of the group, but the server must stop after its clients.
      detached: true,
      env: {
        ...process.env,
        HOST: '127.0.0.1',
        PORT: '0',
        DATABASE_URL: '',
        DATA_DIR: join(this.folder, 'data'),
        FIRMWARE_STORE: join(this.folder, 'firmware-store'),
        ADMIN_PASSWORD: this.password,
        LOG_LEVEL: 'warn',
      },
    });
    this.exited = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (text: Buffer) => (this.output += text.toString()));
    }
  }

  /**
   * @returns its address, once it listens
   * @throws CommandFailure with its output, if it exits before
   */
  async ready(): Promise<string> {
    const address = new Promise<string>((resolve) => {
      this.child.stdout?.on('data', () => {
        const found = /OTA server +(\S+)/.exec(this.output)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    const ended = this.exited.then(() => {
      throw new CommandFailure(`The server did not start: ${this.output.trim()}`);
    });
    return Promise.race([address, ended]);
  }

  /** Stops it and removes the folder. */
  async remove(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
