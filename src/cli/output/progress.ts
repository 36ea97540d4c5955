import { basename } from 'node:path';
import { SingleBar } from 'cli-progress';
import { bytes, clock, printable } from './format.js';

/** Shows how far an upload has come. */
export interface Progress {
  /** @param sent bytes so far */
  update(sent: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };

/** A bar with rate and remaining time on a terminal; nothing where nobody looks. */
export function uploadProgress(path: string, size: number, isForPeople: boolean): Progress {
  if (!isForPeople) return SILENT;
  const bar = new SingleBar({
    format: `${printable(basename(path))} [{bar}] {percentage}% {sent} of {size} {rate}/s {left} left`,
    barsize: 24,
    barCompleteChar: '=',
    barIncompleteChar: ' ',
    hideCursor: true,
    stream: process.stderr,
  });
  const begin = performance.now();
  const payload = (sent: number): Record<string, string> => {
    const seconds = Math.max((performance.now() - begin) / 1000, 0.001);
    const rate = sent / seconds;
    const left = rate === 0 ? '-' : clock((size - sent) / rate);
    return { sent: bytes(sent), size: bytes(size), rate: bytes(rate), left };
  };
  bar.start(size, 0, payload(0));
  return {
    update: (sent) => {
      bar.update(sent, payload(sent));
    },
    stop: () => {
      bar.stop();
    },
  };
}
