import { basename } from 'node:path';
import { columnsOf, type Io } from '../io.js';
import { bytes, clock, counted, whole } from './format.js';
import { displayWidth, printable, truncate } from './text.js';

/** Shows the progress of an upload, or of reading a long list. */
export interface Progress {
  /** @param done bytes or rows so far */
  update(done: number): void;
  stop(): void;
}

const SILENT: Progress = { update: () => undefined, stop: () => undefined };
const REDRAW_MS = 100;

/** Draws a progress bar with rate and remaining time on stderr; draws nothing if nobody is watching. */
export function uploadProgress(path: string, size: number, { stderr }: Io, isWatched: boolean): Progress {
  if (!isWatched) return SILENT;
  const begin = performance.now();
  let [sent, drawnAt] = [0, -Infinity];
  const draw = (): void => {
    drawnAt = performance.now();
    const seconds = Math.max((drawnAt - begin) / 1000, 0.001);
    stderr.write(`\r\x1b[K${progressLine(basename(path), sent, size, seconds, columnsOf(stderr))}`);
  };
  draw();
  return {
    update: (now) => {
      sent = now;
      if (performance.now() - drawnAt >= REDRAW_MS) draw();
    },
    stop: () => {
      draw();
      stderr.write('\n');
    },
  };
}

/** Counts on stderr what is done of a known number; draws nothing if nobody is watching. */
export function countProgress(total: number, noun: string, { stderr }: Io, isWatched: boolean): Progress {
  if (!isWatched) return SILENT;
  let drawnAt = -Infinity;
  return {
    update: (done) => {
      if (performance.now() - drawnAt < REDRAW_MS) return;
      drawnAt = performance.now();
      stderr.write(`\r\x1b[K${whole(done)} of ${counted(total, noun)}`);
    },
    stop: () => void stderr.write('\r\x1b[K'),
  };
}

/** Shows what is done at the moment, in one line on stderr; nothing if nobody is watching. */
export function activity({ stderr }: Io, isWatched: boolean): { show(text: string): void; stop(): void } {
  const draw = (text: string): void => void stderr.write(`\r\x1b[K${text}`);
  if (!isWatched) return { show: () => undefined, stop: () => undefined };
  return {
    show: (text) => {
      draw(truncate(printable(text), columnsOf(stderr) - 1));
    },
    stop: () => {
      draw('');
    },
  };
}

const LONGEST_BAR = 24;
const USUAL_BAR = 12;
const SHORTEST_BAR = 4;
const SHORTEST_NAME = 8;

/** Renders a line that is narrower than the terminal, so that the cursor stays on it. */
export function progressLine(
  name: string,
  sent: number,
  size: number,
  seconds: number,
  columns: number,
): string {
  const share = size === 0 ? 1 : Math.min(sent / size, 1);
  const rate = sent / seconds;
  const left = rate === 0 ? '-' : clock((size - sent) / rate);
  const percent = `${String(Math.floor(share * 100)).padStart(3)}%`;
  const facts = [
    `${percent} ${bytes(sent)} of ${bytes(size)} ${bytes(rate)}/s ${left} left`,
    `${percent} ${bytes(sent)} of ${bytes(size)}`,
    percent,
  ];
  const room = columns - 1;
  for (const text of facts) {
    const free = room - displayWidth(text) - ' [] '.length;
    const shown = truncate(printable(name), Math.max(free - USUAL_BAR, SHORTEST_NAME));
    const bar = Math.min(free - displayWidth(shown), LONGEST_BAR);
    if (bar < SHORTEST_BAR) continue;
    const done = Math.floor(share * bar);
    return `${shown} [${'='.repeat(done)}${' '.repeat(bar - done)}] ${text}`;
  }
  return truncate(percent.trim(), Math.max(room, 1));
}
