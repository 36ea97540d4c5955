import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { perMinute } from '../../domain/rate-limit.js';
import { Metrics } from '../../metrics/metrics.js';
import { clientKeys } from '../../overload/client-address.js';
import { RateLimiter } from '../../overload/rate-limiter.js';
import { Refusals } from '../../overload/refusals.js';
import { KnownDevices } from './known-devices.js';

/** What a device sends at once at most: its checks and the reports of an update, again after a bad connection. */
const LEAST_BURST = 30;
/** Those that are owed something are remembered: at the default rate for a second after a request, or a minute at most. */
const DEVICES_REMEMBERED = 2 ** 18;
const NETWORKS_REMEMBERED = 2 ** 14;
/** Of new devices from all addresses, the multiple of those from one. */
const IN_ALL = 10;
const ALL = 1;
/** Devices that are refused together come back spread over this time. */
const SPREAD_MS = 60_000;

/** Limits the checks and reports of each device, and how many devices may be seen for the first time. */
@Injectable()
export class DeviceLimits {
  private readonly requests: RateLimiter | null;
  private readonly newDevices: { readonly ofNetwork: RateLimiter; readonly inAll: RateLimiter } | null;
  private readonly tooManyRequests: Refusals;
  private readonly tooManyNew: Refusals;
  private readonly keyOf: (request: IncomingMessage) => number;

  constructor(
    @Inject(APP_CONFIG) { rateLimits, trustProxy }: AppConfig,
    private readonly known: KnownDevices,
    metrics: Metrics,
  ) {
    const { device, newDevices } = rateLimits;
    this.requests = device === 0 ? null : new RateLimiter(perMinute(device, LEAST_BURST), DEVICES_REMEMBERED);
    this.newDevices =
      newDevices === 0
        ? null
        : {
            ofNetwork: new RateLimiter(perMinute(newDevices), NETWORKS_REMEMBERED),
            inAll: new RateLimiter(perMinute(newDevices * IN_ALL), 8),
          };
    this.tooManyRequests = new Refusals(
      metrics,
      'device',
      `A device may send ${device} checks and reports a minute`,
    );
    this.tooManyNew = new Refusals(metrics, 'new_devices', 'Too many new devices have appeared at once');
    this.keyOf = clientKeys(trustProxy);
  }

  /**
   * @returns undefined when it may go on at once; a promise when the database has to be asked first, see below
   * @throws DomainError RATE_LIMITED, at once or by the promise
   */
  refuse(deviceId: number, request: IncomingMessage): Promise<void> | undefined {
    const waitMs = this.requests?.take(deviceId) ?? 0;
    if (waitMs > 0) throw this.tooManyRequests.after(waitMs);
    if (!this.newDevices || this.known.has(deviceId)) return undefined;
    const waitForNewMs = this.takeNew(this.newDevices, request);
    if (waitForNewMs > 0) return this.refuseUnlessOnRecord(deviceId, waitForNewMs);
    this.known.add(deviceId);
    return undefined;
  }

  /** Counts a new device where both limits allow it. */
  private takeNew(
    { ofNetwork, inAll }: NonNullable<DeviceLimits['newDevices']>,
    request: IncomingMessage,
  ): number {
    const network = this.keyOf(request);
    const waitMs = Math.max(ofNetwork.waitOf(network), inAll.waitOf(ALL));
    if (waitMs > 0) return waitMs;
    ofNetwork.take(network);
    inAll.take(ALL);
    return 0;
  }

  /** Another server may have seen it first: then it is not new. */
  private async refuseUnlessOnRecord(deviceId: number, waitMs: number): Promise<void> {
    const isOnRecord = await this.known.isOnRecord(deviceId);
    // While the database is away, those that were never read must not be taken for new ones.
    if (isOnRecord === null && !this.known.isFilled) return;
    if (isOnRecord !== true) throw this.tooManyNew.after(waitMs + Math.random() * SPREAD_MS);
    this.known.add(deviceId);
  }
}
