import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** What Linux says of a process: https://man7.org/linux/man-pages/man5/proc.5.html */
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system time of all threads of these processes so far, in seconds. */
export const cpuSeconds = (pids: readonly number[]): number => sumOf(pids, (pid) => cpuTimes(pid).own);

/** As above for one process and the children that it has and had. */
export function familyCpuSeconds(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const { own, endedChildren } = cpuTimes(pid);
  return own + endedChildren + sumOf(children.map(Number), cpuSecondsOf);
}

/** Nothing for a process that has ended meanwhile: its parent counts it. */
function cpuSecondsOf(pid: number): number {
  try {
    return cpuTimes(pid).own;
  } catch {
    return 0;
  }
}

function cpuTimes(pid: number): { own: number; endedChildren: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name, which may hold blanks; utime, stime, cutime and cstime are the 14th to the 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
  return {
    own: (user + system) / TICKS_PER_SECOND,
    endedChildren: (childUser + childSystem) / TICKS_PER_SECOND,
  };
}

/** @returns bytes; `VmRSS` as it is, `VmHWM` at the peak since {@link resetPeak} */
export const memory = (pids: readonly number[], field: 'VmRSS' | 'VmHWM'): number =>
  sumOf(pids, (pid) => memoryOf(pid, field));

export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function memoryOf(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Number(kilobytes) * 1024;
}

const sumOf = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((sum, pid) => sum + of(pid), 0);
