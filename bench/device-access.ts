import { PackedStates } from '../src/devices/identity/packed-states.js';

/** Memory of the states of a million devices, with ids as wide as MAC addresses. Needs --expose-gc. */
const DEVICES = 1_000_000;
const MIB = 1024 * 1024;

const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / MIB;
};

const before = used();
const states = new PackedStates();
for (let index = 0; index < DEVICES; index++) states.set(0x246f28000000 + index * 7, 1 + 64 * (index % 5));
const mebibytes = used() - before;
const begun = process.cpuUsage();
let sum = 0;
for (let index = 0; index < DEVICES; index++)
  sum += states.get(0x246f28000000 + ((index * 7919) % DEVICES) * 7);
const nanoseconds = (process.cpuUsage(begun).user / DEVICES) * 1e3;
process.stdout.write(
  `${DEVICES} devices: ${mebibytes.toFixed(1)} MiB, ${nanoseconds.toFixed(0)} ns for a look-up (${sum})\n`,
);
