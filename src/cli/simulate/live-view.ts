import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { bytes, clock, whole } from '../output/format.js';
import { columnsOf, type Screen } from '../io.js';
import { renderFacts } from '../output/table.js';
import type { SimulatedDevice } from './device.js';
import { counted, countVersions } from './summary.js';
import { increment, REQUESTS, type Tally } from './tally.js';

const REDRAW_MS = 500;

/** Redraws the state of the fleet periodically in place. @returns a function that stops it */
export function startLiveView(fleet: readonly SimulatedDevice[], tally: Tally, screen: Screen): () => void {
  const begin = performance.now();
  let [lines, before] = [0, sample(tally)];
  const draw = (): void => {
    const now = sample(tally);
    const text = renderLiveView(
      fleet,
      tally,
      (performance.now() - begin) / 1000,
      ratesOf(before, now),
      columnsOf(screen),
    );
    before = now;
    erase();
    screen.write(`${text}\n`);
    lines = text.split('\n').length;
  };
  const erase = (): void => {
    moveCursor(screen, 0, -lines);
    cursorTo(screen, 0);
    clearScreenDown(screen);
  };
  const timer = setInterval(draw, REDRAW_MS);
  draw();
  return () => {
    clearInterval(timer);
    erase();
  };
}

export interface Rates {
  readonly check: number;
  readonly download: number;
  readonly report: number;
  readonly bytes: number;
}

interface Sample extends Rates {
  readonly at: number;
}

function sample({ times, bytesDownloaded }: Tally): Sample {
  const { check, download, report } = times;
  const counts = { check: check.count, download: download.count, report: report.count };
  return { ...counts, bytes: bytesDownloaded, at: performance.now() };
}

function ratesOf(a: Sample, b: Sample): Rates {
  const seconds = Math.max((b.at - a.at) / 1000, 0.001);
  const rate = (name: keyof Rates): number => (b[name] - a[name]) / seconds;
  return { check: rate('check'), download: rate('download'), report: rate('report'), bytes: rate('bytes') };
}

function renderLiveView(
  fleet: readonly SimulatedDevice[],
  tally: Tally,
  seconds: number,
  rates: Rates,
  width: number,
): string {
  const activities = new Map<string, number>();
  for (const { activity } of fleet) increment(activities, activity);
  const per = REQUESTS.map((kind) => `${kind}s ${whole(rates[kind])}`).join(', ');
  return renderFacts(
    [
      ['Time', clock(seconds)],
      ['Run now', counted(countVersions(fleet))],
      ['Devices', counted(Object.fromEntries(activities))],
      ['Last failed', whole(fleet.filter(({ lastError }) => lastError !== null).length)],
      ['Per second', `${per}, ${bytes(rates.bytes)}`],
      ['Times', REQUESTS.map((kind) => `${kind} ${timesOf(tally, kind)}`).join(', ')],
      ['Errors', counted(Object.fromEntries(tally.errors))],
    ],
    width,
  );
}

function timesOf({ times }: Tally, kind: (typeof REQUESTS)[number]): string {
  const { count } = times[kind];
  if (count === 0) return '-';
  const at = (percentile: number): string => (times[kind].percentile(percentile) / 1000).toFixed(1);
  return `${at(50)}/${at(99)} ms`;
}
