import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** The children of a process, of whatever program. */
export function childPids(pid: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' }).trim().split('\n');
  return lines
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([parent, child]) => (parent === pid && child !== undefined ? [child] : []));
}

/** Linux: https://man7.org/linux/man-pages/man5/proc.5.html */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

export const openDescriptors = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Waits more exactly than a timer does. */
export async function waitUntil(moment: number): Promise<void> {
  const early = moment - performance.now() - 2;
  if (early > 0) await sleep(early);
  while (performance.now() < moment) await new Promise((resolve) => setImmediate(resolve));
}

/** Milliseconds from 0 to `last`: half of them evenly spaced, the others at random. */
export function momentsWithin(last: number, count: number): number[] {
  const even = Math.ceil(count / 2);
  return Array.from({ length: count }, (_, n) => (n < even ? (n / even) * last : Math.random() * last));
}
