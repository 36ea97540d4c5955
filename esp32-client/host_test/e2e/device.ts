import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export const IMAGES = 'test/fixtures/esp-images';
export const OLD_IMAGE = join(IMAGES, 'scales_bridge_tab5-1.0.0-esp32p4.bin');
export const NEW_IMAGE = join(IMAGES, 'scales_bridge_tab5-1.1.0-esp32p4.bin');
const NEW_SLOT = 0x120000;
const SECTOR = 4096;

/** Exit codes of the device; see shim_device.h and device.c. */
export const DONE = 0;
export const CYCLE_FAILED = 2;
export const RESTART = 10;
export const POWER_CUT = 11;
export const PANICKED = 12;

/** Values of esp_reset_reason_t. */
const POWER_ON = 1;
export const PANIC = 4;

export interface Run {
  readonly code: number | null;
  /** A line for each event. */
  readonly output: string;
  readonly errors: string;
}

/** A simulated device. Its flash and NVS are files in a folder. It starts with 1.0.0. */
export class Device {
  readonly runs: Run[] = [];

  constructor(
    private readonly folder: string,
    readonly id: number,
    private readonly program: string,
  ) {}

  /** Number of commits in each run after which NVS is full; undefined: never. */
  nvsFullAfter: number | undefined;

  /**
   * From power-on to the next reset or the end.
   * @param cutAt the flash or NVS operation in which the run breaks off
   * @param hasRollback of the bootloader
   * @param resetReason why it starts, when it did not restart itself
   */
  async run(
    server: string,
    args: readonly string[] = [],
    { cutAt = 0, resetReason = POWER_ON, hasRollback = true } = {},
  ): Promise<Run> {
    const factory = this.runs.length === 0 ? ['--factory', OLD_IMAGE] : [];
    const child = spawn(
      this.program,
      [this.folder, '--server', server, '--device-id', String(this.id), ...factory, ...args],
      {
        env: {
          ...process.env,
          SHIM_CUT_AT: String(cutAt),
          SHIM_RESET_REASON: String(resetReason),
          SHIM_BOOTLOADER_ROLLBACK: hasRollback ? '1' : '0',
          ...(this.nvsFullAfter === undefined ? {} : { SHIM_NVS_FULL: String(this.nvsFullAfter) }),
        },
        timeout: 90_000,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const ended = once(child, 'close') as Promise<[number | null]>;
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    const run = { code, output, errors };
    this.runs.push(run);
    return run;
  }

  /** Restarts the device until a run ends without a restart. @returns the exit codes of the runs */
  async runToTheEnd(server: string, args: readonly string[] = []): Promise<(number | null)[]> {
    const codes: (number | null)[] = [];
    do codes.push((await this.run(server, args)).code);
    while ([RESTART, POWER_CUT, PANICKED].includes(codes.at(-1) ?? DONE) && codes.length < 8);
    return codes;
  }

  /** Flash and NVS operations of the last run. */
  get operations(): number {
    return Number(/^operations (\d+)/m.exec(this.runs.at(-1)?.output ?? '')?.[1]);
  }

  /** Sectors that the last run erased. */
  get erases(): number {
    return Number(/^erases (\d+)/m.exec(this.runs.at(-1)?.output ?? '')?.[1]);
  }

  /** Bytes of complete sectors of the new image in its slot. */
  get progress(): number {
    const image = readFileSync(NEW_IMAGE);
    const slot = this.slot(image.length);
    let same = 0;
    while (same < image.length && slot[same] === image[same]) same++;
    return same === image.length ? same : same - (same % SECTOR);
  }

  get hasNewImage(): boolean {
    const image = readFileSync(NEW_IMAGE);
    return this.slot(image.length).equals(image);
  }

  /** The version that ran last. */
  get version(): string | undefined {
    return /^boot (\S+)/m.exec(this.runs.at(-1)?.output ?? '')?.[1];
  }

  /** Output of the runs, with only the last line of the progress. */
  get transcript(): string {
    const all = this.runs.map(
      ({ code, output, errors }) => `${output}${errors}exit ${code ?? 'by a signal'}\n`,
    );
    return all.join('---\n').replaceAll(/(?:^event progress .*\n)+(?=event progress)/gm, '');
  }

  /** Writes the token that the production line gives to the device; see nvs_factory.c. */
  writeFactoryToken(partition: string, token: string): void {
    mkdirSync(join(this.folder, partition), { recursive: true });
    writeFileSync(join(this.folder, partition, 'ota_client_id.token'), token);
  }

  /** As `idf.py erase-flash` does, with the token of the device. */
  eraseNvs(): void {
    rmSync(join(this.folder, 'nvs.bin'));
  }

  private slot(length: number): Buffer {
    return readFileSync(join(this.folder, 'flash.bin')).subarray(NEW_SLOT, NEW_SLOT + length);
  }
}
