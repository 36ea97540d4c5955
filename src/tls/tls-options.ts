import type { AppConfig } from '../config/app-config.js';
import { PERIOD_MS } from './ticket-schedule.js';

export type ServerTlsOptions = NonNullable<AppConfig['tls']> & {
  /** Seconds for which a session may be resumed. */
  readonly sessionTimeout: number;
  readonly sessionIdContext: string;
};

/** How this server speaks TLS; the same in every worker, since a ticket is only taken where all of it is equal. */
export function tlsOptions(tls: NonNullable<AppConfig['tls']>): ServerTlsOptions {
  return {
    ...tls,
    // Node would take tickets for five minutes only.
    sessionTimeout: PERIOD_MS / 1000,
    // Node would make one of the command line, which differs between servers.
    sessionIdContext: 'ota-server',
  };
}
