import type { IncomingMessage } from 'node:http';
import type { AppConfig } from '../config/app-config.js';
import { Metrics } from '../metrics/metrics.js';
import { EnrollmentLimit } from './enrollment-limit.js';

const from = (remoteAddress: string): IncomingMessage =>
  ({ socket: { remoteAddress }, headers: {} }) as unknown as IncomingMessage;

describe('the limit on enrolments', () => {
  let limit: EnrollmentLimit;

  beforeEach(() => {
    limit = new EnrollmentLimit({ trustProxy: [] } as unknown as AppConfig, new Metrics());
  });

  it('never stops those that succeed', () => {
    expect(() => {
      for (let n = 0; n < 10_000; n++) limit.refuse(from('192.0.2.1'));
    }).not.toThrow();
  });

  it('refuses an address from which 30 have failed, and no other', () => {
    for (let n = 0; n < 30; n++) {
      limit.refuse(from('192.0.2.1'));
      limit.failed(from('192.0.2.1'));
    }
    expect(() => {
      limit.refuse(from('192.0.2.1'));
    }).toThrow(/^Too many enrolments from this address have failed: try again in [12] seconds?\.$/);
    expect(() => {
      limit.refuse(from('192.0.2.2'));
    }).not.toThrow();
  });
});
