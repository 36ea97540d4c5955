import type { AppConfig } from '../config/app-config.js';
import { PERIOD_MS } from './ticket-schedule.js';

type TlsConfig = NonNullable<AppConfig['tls']>;

export type ServerTlsOptions = Omit<TlsConfig, 'ca'> & {
  readonly ca?: Buffer;
  /** Whether clients are asked for a certificate. */
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  /** Seconds for which a session may be resumed. */
  readonly sessionTimeout: number;
  readonly sessionIdContext: string;
};

/** How this server speaks TLS; the same in every worker, since a ticket is only taken where all of it is equal. */
export function tlsOptions({ ca, ...pair }: TlsConfig): ServerTlsOptions {
  return {
    ...pair,
    ...(ca && { ca }),
    requestCert: ca !== null,
    // Admins, browsers and other devices come without one; what needs one refuses them itself.
    rejectUnauthorized: false,
    // Node would take tickets for five minutes only.
    sessionTimeout: PERIOD_MS / 1000,
    // Node would make one of the command line, which differs between servers.
    sessionIdContext: 'ota-server',
  };
}
