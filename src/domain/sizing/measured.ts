import type { Figures } from './figures.js';

/** Generated from bench/results/reference.json by `npm run sizing:write`. Do not edit. */
export const MEASURED: Figures = {
  checkMicros: 31.1,
  resumedMicros: 633,
  handshakeMicros: 884,
  reportMicros: 96.4,
  reportDatabaseMicros: 81.6,
  checkInDatabaseMicros: 24,
  megabyteMicros: 918,
  freshRowBytes: 248,
  writtenRowBytes: 431,
  deviceBytes: 262,
  sources: [
    'check, status: Intel(R) Xeon(R) Processor, 2 cores, Node.js 20.20.2',
    'tls, sizing: AMD EPYC, 2 cores, Node.js 20.20.2',
  ],
};
