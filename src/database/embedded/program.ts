import type { ChildProcess } from 'node:child_process';
import { programEnvironment } from '../../config/program-environment.js';
import type { PostgresAccount } from './postgres-account.js';

const REMEMBERED = 1_000;
/** Maximum time for a clean shutdown; after that, PostgreSQL stops immediately and recovers at its next start. */
const PATIENCE_MS = 10_000;

/** A PostgreSQL program. It runs in its own process group, so that Ctrl-C does not reach it directly. */
export class Program {
  /** The last part of its output. */
  lastWords = '';
  isRunning = true;
  /** The exit code; null if it did not start or was ended by a signal. */
  readonly ended: Promise<number | null>;
  private readonly child: ChildProcess;

  constructor(account: PostgresAccount, program: string, args: readonly string[]) {
    const child = account.spawn(program, args, {
      cwd: '/',
      detached: true,
      env: programEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lastWords = (this.lastWords + text).slice(-REMEMBERED);
      });
    }
    this.ended = new Promise((resolve) => {
      child.on('error', (error) => {
        this.lastWords += error.message;
        this.isRunning = false;
        resolve(null);
      });
      child.on('close', (code) => {
        this.isRunning = false;
        resolve(code);
      });
    });
  }

  /** Resolves when it has ended. */
  async stop(): Promise<void> {
    this.child.kill('SIGINT');
    const atOnce = setTimeout(() => this.child.kill('SIGQUIT'), PATIENCE_MS);
    const kill = setTimeout(() => this.child.kill('SIGKILL'), 2 * PATIENCE_MS);
    await this.ended;
    clearTimeout(atOnce);
    clearTimeout(kill);
  }
}
