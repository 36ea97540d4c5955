import type { Server as NodeServer } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import { Logger } from '@nestjs/common';
import { printBanner } from './print-banner.js';
import type { AppConfig } from '../config/app-config.js';
import { readConfig } from './read-config.js';
import { lookAtSessions } from '../database/look-at-sessions.js';
import { migrateUp } from '../database/migrator.js';
import type { Database } from '../database/open-database.js';
import { AppLogger } from '../http/app-logger.js';
import { mostStopMs, runUntilStopped } from './run-until-stopped.js';
import { startApp } from './start-app.js';
import { stopApp } from './stop-app.js';
import type { StopSignals } from './stop-signals.js';
import { tellServiceManager } from './tell-service-manager.js';
import { tlsOptions } from '../tls/tls-options.js';

/** Migrates the database and serves in this one process until a signal. */
export async function serve(config: AppConfig, database: Database, signals: StopSignals): Promise<void> {
  Logger.overrideLogger(new AppLogger(config.logLevel));
  await migrateUp(config.databaseDirectUrl ?? database.url, { signal: signals.requested });
  await lookAtSessions(config, database.url);
  const { app, port, password } = await startApp(config, database.url, signals.requested);
  printBanner(config, port, password);
  tellServiceManager(config);
  signals.onHangUp(() => {
    readCertificateAgain(app.getHttpServer());
  });
  runUntilStopped(
    async () => {
      await stopApp(app, config.shutdown);
      await database.close();
    },
    signals.requested,
    mostStopMs(config.shutdown),
  );
}

/** Connections that stand keep the certificate they began with. */
function readCertificateAgain(server: NodeServer | TlsServer): void {
  const logger = new Logger('Main');
  try {
    const { tls } = readConfig();
    if (!tls || !('setSecureContext' in server)) {
      logger.log('SIGHUP: there is no certificate to read again; other settings need a restart.');
      return;
    }
    const ticketKeys = server.getTicketKeys();
    server.setSecureContext(tlsOptions(tls));
    server.setTicketKeys(ticketKeys);
    logger.log('SIGHUP: the certificate was read again; other settings need a restart.');
  } catch (error) {
    logger.error(`SIGHUP: the certificate was not read again. ${String(error)}`);
  }
}
