import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '../../config/app-config.js';
import { Metrics } from '../../metrics/metrics.js';
import { DeviceLimits } from './device-limits.js';
import type { KnownDevices } from './known-devices.js';

const config = {
  rateLimits: { device: 0, admin: 0, newDevices: 2 },
  trustProxy: [],
} as unknown as AppConfig;
const request = { socket: { remoteAddress: '192.0.2.1' }, headers: {} } as unknown as IncomingMessage;

describe('the limit on new devices', () => {
  let onRecord: boolean | null;
  let known: { isFilled: boolean; ids: Set<number> };
  let limits: DeviceLimits;

  beforeEach(async () => {
    onRecord = false;
    known = { isFilled: true, ids: new Set() };
    const devices = {
      has: (id: number) => known.ids.has(id),
      add: (id: number) => known.ids.add(id),
      isOnRecord: () => Promise.resolve(onRecord),
      get isFilled() {
        return known.isFilled;
      },
    };
    limits = new DeviceLimits(config, devices as unknown as KnownDevices, new Metrics());
    await limits.refuse(1, request);
    await limits.refuse(2, request);
  });

  it('asks the database before it refuses', async () => {
    const pending = limits.refuse(3, request);
    expect(pending).toBeInstanceOf(Promise);
    await expect(pending).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    expect(known.ids.has(3)).toBe(false);
    onRecord = true;
    await expect(limits.refuse(3, request)).resolves.toBeUndefined();
    expect(limits.refuse(3, request)).toBeUndefined();
  });

  it('refuses while the database is away, unless the devices on record were never read', async () => {
    onRecord = null;
    await expect(limits.refuse(3, request)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    known.isFilled = false;
    await expect(limits.refuse(3, request)).resolves.toBeUndefined();
    expect(known.ids.has(3)).toBe(false);
  });
});
