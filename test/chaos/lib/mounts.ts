import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../support/server-process.js';

/** A small file system of its own, which can be full, read-only or frozen without harm to others. */
export class Mount {
  private constructor(
    private readonly folder: string,
    /** Where it is mounted. */
    readonly path: string,
  ) {}

  static tmpfs(mebibytes: number): Mount {
    return Mount.make((path) =>
      run('mount', '-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'tmpfs', path),
    );
  }

  /** A file with ext4 in it. */
  static ext4(mebibytes: number): Mount {
    return Mount.make((path, folder) => {
      const file = join(folder, 'disk');
      run('truncate', '-s', `${mebibytes}M`, file);
      run('mkfs.ext4', '-q', '-m', '0', file);
      run('mount', '-o', 'loop', file, path);
    });
  }

  private static make(mount: (path: string, folder: string) => void): Mount {
    const folder = makeFolder();
    const path = join(folder, 'mount');
    mkdirSync(path);
    try {
      mount(path, folder);
      return new Mount(folder, path);
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  remount(how: 'ro' | 'rw'): void {
    run('mount', '-o', `remount,${how}`, this.path);
  }

  freeze(): void {
    run('fsfreeze', '--freeze', this.path);
  }

  unfreeze(): void {
    run('fsfreeze', '--unfreeze', this.path);
  }

  /** Leaves no room at all. @returns makes room again */
  fill(): () => void {
    const fillers: string[] = [];
    for (let bytes = 1024 * 1024; bytes >= 512; bytes /= 2) {
      while (this.freeBytes() >= bytes) {
        const file = join(this.path, `filler-${fillers.length}`);
        fillers.push(file);
        try {
          writeFileSync(file, Buffer.alloc(bytes));
        } catch {
          break;
        }
      }
    }
    return () => {
      for (const file of fillers) rmSync(file, { force: true });
    };
  }

  private freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  remove(): void {
    run('umount', this.path);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** @returns why nothing can be mounted here; null when it can */
export function mountError(make: () => Mount = () => Mount.tmpfs(1)): string | null {
  try {
    make().remove();
    return null;
  } catch (error) {
    return (error as Error).message.split('\n', 1)[0] ?? 'unknown';
  }
}

const run = (program: string, ...args: string[]): unknown => execFileSync(program, args, { stdio: 'pipe' });
