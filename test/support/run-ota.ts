import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { eventually } from './http-client.js';

const MAIN = resolve('dist/src/cli/main.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The built command as a process of its own. */
export class OtaProcess {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly outcome: Promise<Outcome>;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(command, args, { env: { PATH: process.env['PATH'] ?? '', ...env } });
    this.child.stdout?.on('data', (text: Buffer) => (this.stdout += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.stderr += text.toString()));
    this.outcome = new Promise((settle) => {
      this.child.once('close', (code) => {
        settle({ code, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Resolves as soon as what it has printed holds. */
  printed(holds: (stdout: string) => boolean): Promise<void> {
    return eventually(async () => {
      await Promise.resolve();
      if (!holds(this.stdout)) throw new Error(`It has printed: ${this.stdout}${this.stderr}`);
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }
}

/** Starts and runs `ota` with an environment that the runs of a test share. */
export class Ota {
  constructor(private readonly env: Readonly<Record<string, string>>) {}

  start(args: readonly string[]): OtaProcess {
    return new OtaProcess(process.execPath, [MAIN, ...args], this.env);
  }

  /** With pipes, as in a program or a pipeline. */
  run(args: readonly string[], stdin = ''): Promise<Outcome> {
    const ota = this.start(args);
    ota.child.stdin?.end(stdin);
    return ota.outcome;
  }

  /** On a terminal of so many columns: `script` of util-linux makes one. What is printed comes as stdout. */
  startOnTerminal(args: readonly string[], columns = 100): OtaProcess {
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    return new OtaProcess('script', ['-qec', `stty cols ${columns}; ${words}`, '/dev/null'], {
      ...this.env,
      TERM: 'xterm',
    });
  }

  async runOnTerminal(args: readonly string[], columns?: number): Promise<Outcome> {
    const outcome = await this.startOnTerminal(args, columns).outcome;
    return { ...outcome, stdout: outcome.stdout.replaceAll('\r\n', '\n') };
  }
}
