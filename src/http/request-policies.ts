import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.js';
import { LoadMonitor } from '../overload/load-monitor.js';
import { AccessLog, type Arrival } from './access-log.js';
import { httpsTest } from './https-test.js';
import { TransportError } from './problem.js';

/** RFC 9112 §3.2 says that it must be refused. Node would answer an empty 400. */
const HOST_REQUIRED = new TransportError('BAD_REQUEST', 'An HTTP/1.1 request must have a Host header.');
const HTTPS_REQUIRED = new TransportError(
  'HTTPS_REQUIRED',
  'This server answers HTTPS only; use https:// in the URL.',
);

/** Applies the policies of the URL spaces, to what comes through Express and through the device lane. */
@Injectable()
export class RequestPolicies {
  readonly log: AccessLog;
  private readonly isSecure: (request: IncomingMessage) => boolean;

  constructor(
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly load: LoadMonitor,
    metrics: Metrics,
  ) {
    this.log = new AccessLog(config, metrics);
    this.isSecure = config.requireHttps ? httpsTest(config.trustProxy) : () => true;
  }

  /** To be asked once for each request. @returns why it is refused before its body is read; null when it may go on */
  refusalOf({ request, route, space }: Arrival): Error | null {
    if (request.headers.host === undefined && request.httpVersion === '1.1') return HOST_REQUIRED;
    if (!space.allowsPlainHttp && !this.isSecure(request)) return HTTPS_REQUIRED;
    return space.isSheddable ? this.load.refusalOf(route) : null;
  }
}
