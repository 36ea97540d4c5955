import { readFile, readlink } from 'node:fs/promises';

/**
 * What tells a process from all others, as far as the system lets it be known. Host names and process ids do not: two
 * containers may have the same of both.
 */
export interface ProcessMark {
  /** Of the running kernel and of the namespace in which process ids count; empty when the system does not say. */
  readonly space: string;
  readonly pid: number;
  /** In ticks since the kernel started: process ids are used again. */
  readonly startedAt: string;
}

const UNKNOWN = '';
const TEXT = /^p-([0-9a-f-]*)-(\d+)-(\d+)$/;
/** In /proc/<pid>/stat, counted behind the name of the program, which may hold anything. See proc_pid_stat(5). */
const START_TIME_FIELD = 19;

/** The mark of this process. */
export async function ownMark(): Promise<ProcessMark> {
  const { pid } = process;
  try {
    const [kernel, namespace, startedAt] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
      startTimeOf(pid),
    ]);
    const number = /\d+/.exec(namespace)?.[0];
    if (number === undefined || startedAt === null) return { space: UNKNOWN, pid, startedAt: '0' };
    return { space: `${kernel.trim()}-${number}`, pid, startedAt };
  } catch {
    return { space: UNKNOWN, pid, startedAt: '0' };
  }
}

/** As a part of a file's name; {@link parseMark} reads it. */
export const markText = ({ space, pid, startedAt }: ProcessMark): string => `p-${space}-${pid}-${startedAt}`;

/** @returns null for a text of another kind */
export function parseMark(text: string): ProcessMark | null {
  const [, space, pid, startedAt] = TEXT.exec(text) ?? [];
  if (space === undefined || startedAt === undefined) return null;
  return { space, pid: Number(pid), startedAt };
}

/**
 * Whether a process has ended.
 * @param own the mark of this process
 * @returns null when it cannot be known, as of a process of another machine or container
 */
export async function hasEnded(mark: ProcessMark, own: ProcessMark): Promise<boolean | null> {
  if (own.space === UNKNOWN || mark.space !== own.space) return null;
  return (await startTimeOf(mark.pid)) !== mark.startedAt;
}

/** @returns null when there is no such process */
async function startTimeOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[START_TIME_FIELD] ?? null;
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}
