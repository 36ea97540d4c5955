import { execFileSync } from 'node:child_process';

/** The processes that a process has started and that still run, but for those of PostgreSQL. */
export function childrenOf(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,comm='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, , command]) => Number(parent) === pid && command !== 'postgres' && command !== 'ps')
    .map(([, child]) => Number(child));
}
