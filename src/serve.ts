import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AuthService } from './auth/auth.service.js';
import type { AppConfig } from './config/app-config.js';
import { createApp } from './create-app.js';
import { migrateUp } from './database/migrator.js';
import type { Database } from './database/open-database.js';
import { runUntilStopped } from './run-until-stopped.js';

/** Migrates the database, builds the app, listens, says where, and runs until a signal. */
export async function serve(config: AppConfig, database: Database): Promise<void> {
  await migrateUp(database.url);
  const app = await createApp(config, database.url);
  await app.listen(config.port, config.host).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  // Only now: the password of a server that did not come up would be lost.
  announce(app, config, await app.get(AuthService).ensureFirstAdmin());
  runUntilStopped(app, database);
}

function announce(app: NestExpressApplication, config: AppConfig, password: string | null): void {
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = ['0.0.0.0', '::'].includes(config.host) ? 'localhost' : config.host;
  const address = `${config.tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const lines = [
    `OTA server   ${address}`,
    `Swagger UI   ${address}/docs`,
    ...(password === null
      ? []
      : [`First admin  ${config.admin.username} / ${password}  (shown only this once)`]),
  ];
  process.stdout.write(`\n${lines.join('\n')}\n\n`);
}
