import { spawn, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Interruption } from '../../src/cli/interruption.js';
import type { Io } from '../../src/cli/io.js';
import { runOta } from '../../src/cli/run-ota.js';
import { eventually } from './http-client.js';
import { screenOf } from './terminal-screen.js';

const MAIN = resolve('dist/src/cli/main.js');

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command as a process of its own. */
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
    }, 15_000);
  }

  /** Resolves as soon as a terminal that shows its output has this on its screen. */
  shows(text: string | RegExp, columns = 80): Promise<void> {
    return this.printed((stdout) => {
      const screen = screenOf(stdout, columns);
      return typeof text === 'string' ? screen.includes(text) : text.test(screen);
    });
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }
}

/** A run within this process. */
export class OtaRun {
  stdout = '';
  stderr = '';
  readonly interruption = new Interruption(() => {
    throw new Error('It was interrupted twice.');
  });
  readonly outcome: Promise<Outcome>;
  private readonly keyboard = new PassThrough();

  constructor(args: readonly string[], env: Readonly<Record<string, string>>, where: Where) {
    const { columns, now = () => Date.now() } = where;
    const isTTY = columns !== undefined;
    const screen = (write: (text: string) => void): Io['stdout'] => {
      const stream = new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          write(chunk.toString());
          done();
        },
      });
      return Object.assign(stream, { isTTY, columns: columns ?? 0 });
    };
    const io: Io = {
      stdin: isTTY ? Object.assign(this.keyboard, { isTTY }) : Readable.from([where.stdin ?? '']),
      stdout: screen((text) => (this.stdout += text)),
      stderr: screen((text) => (this.stderr += text)),
      env,
      version: '1.2.3',
      interruption: this.interruption,
      timeZone: 'Europe/Berlin',
      now,
      // Pauses are for people and servers; a test need not wait.
      sleep: (ms) => {
        where.onSleep?.(ms);
        return sleep(Math.min(ms, 20), undefined, { signal: this.interruption.signal });
      },
    };
    this.outcome = runOta(args, io).then((code) => ({ code, stdout: this.stdout, stderr: this.stderr }));
  }

  type(text: string): void {
    this.keyboard.write(text);
  }
}

interface Where {
  /** Of a terminal; undefined: pipes. */
  readonly columns?: number | undefined;
  readonly stdin?: string;
  readonly now?: () => number;
  readonly onSleep?: (ms: number) => void;
}

/** Runs `ota` with an environment that the runs of a test share. */
export class Ota {
  constructor(private readonly env: Readonly<Record<string, string>>) {}

  /** As a process of its own. */
  start(args: readonly string[]): OtaProcess {
    return new OtaProcess(process.execPath, [MAIN, ...args], this.env);
  }

  /** As a process of its own, with pipes. */
  runAlone(args: readonly string[], stdin = ''): Promise<Outcome> {
    const run = this.start(args);
    run.child.stdin?.end(stdin);
    return run.outcome;
  }

  /** On a real pseudo-terminal: `script` of util-linux makes one. What is printed comes as stdout. */
  startOnTerminal(args: readonly string[], columns = 80): OtaProcess {
    const words = [process.execPath, MAIN, ...args].map((word) => `'${word}'`).join(' ');
    return new OtaProcess('script', ['-qec', `stty cols ${columns}; ${words}`, '/dev/null'], {
      ...this.env,
      TERM: 'xterm',
    });
  }

  /** Within this process. */
  begin(args: readonly string[], where: Where = {}): OtaRun {
    return new OtaRun(args, this.env, where);
  }

  /** With pipes, as in a program or a pipeline. */
  run(args: readonly string[], stdin = ''): Promise<Outcome> {
    return this.begin(args, { stdin }).outcome;
  }

  /** With streams that say that they are a terminal. */
  runOnTerminal(args: readonly string[], columns = 80): Promise<Outcome> {
    return this.begin(args, { columns }).outcome;
  }
}
