import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Logger } from '@nestjs/common';
import { QueryFailedError } from 'typeorm';
import type { DatabaseError } from 'pg';
import { readDotenv } from '../src/config/dotenv.js';
import type { AppConfig, StoreSettings } from '../src/config/app-config.js';
import { readEnvironment } from '../src/config/environment.js';
import { ConfigError } from '../src/config/load-config.js';
import { findRunningPostgres } from '../src/database/embedded/running-postgres.js';
import { openDatabase, type Database } from '../src/database/open-database.js';
import { DomainError } from '../src/domain/errors.js';
import type { ProgramMessage } from '../src/domain/upkeep-reports.js';
import { describeStartError } from '../src/server/describe-start-error.js';

/* What the programs share that run beside the server, on its machine, for a command of `ota`. */

/** Where a server keeps what it keeps. */
export type ServerPlace = Pick<AppConfig, 'databaseUrl' | 'databaseDirectUrl'> & StoreSettings;

/** Reads where the server keeps its data. Errors in other settings do not matter here. */
export function readPlace(): ServerPlace {
  const errors: string[] = [];
  const config = readEnvironment(readDotenv(), errors);
  const error = errors.find((sentence) => /^(DATABASE_|FIRMWARE_STORE|S3_|AWS_)/.test(sentence));
  if (error !== undefined) throw new ConfigError([error]);
  return config;
}

/** Files that root creates would not be accessible to the server, so switch to the user to whom its folder belongs. */
export function becomeOwnerOf(dataDir: string): void {
  if (process.getuid?.() !== 0) return;
  let folder = join(dataDir, 'secrets');
  while (!existsSync(folder)) folder = dirname(folder);
  const { uid, gid } = statSync(folder);
  if (uid === 0) return;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
}

/**
 * Uses the database of a running server; starts and stops the embedded one of a stopped server.
 * @param mayCreate also makes the embedded one if there is none
 */
export async function openForAWhile(place: ServerPlace, mayCreate = false): Promise<Database> {
  const url = place.databaseDirectUrl ?? place.databaseUrl;
  const isNew = url === null && mayCreate && !existsSync(join(place.dataDir, 'postgres'));
  const running = isNew ? null : (url ?? findRunningPostgres(place.dataDir));
  if (running !== null) return { url: running, close: () => Promise.resolve() };
  return openDatabase(place);
}

const UNKNOWN_TABLE_OR_COLUMN = ['42P01', '42703'];

export function explain(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  const { code } = error instanceof QueryFailedError ? (error.driverError as DatabaseError) : {};
  return UNKNOWN_TABLE_OR_COLUMN.includes(code ?? '')
    ? 'The database schema is from another version. Start the server of this version once, then try again.'
    : describeStartError(error);
}

class Interrupted extends Error {
  override readonly message = 'Interrupted.';
}

/**
 * Runs a program, and tells the command its result or why it failed. It ends early, and tidily, when it is interrupted or
 * the command is gone.
 * @param work may call `progress`, which throws then
 */
export async function serveCommand(
  work: (progress: (text: string) => void) => Promise<unknown>,
): Promise<void> {
  Logger.overrideLogger(false);
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
  };
  for (const event of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(event, interrupt);
  let toldAt = -Infinity;
  const progress = (text: string): void => {
    if (isInterrupted) throw new Interrupted();
    if (performance.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = performance.now();
    tell({ progress: text });
  };
  try {
    tell({ result: await work(progress) });
  } catch (error) {
    tell({ failure: { code: error instanceof DomainError ? error.code : null, sentence: explain(error) } });
    process.exitCode = 1;
  } finally {
    if (process.connected) process.disconnect();
  }
}

const TELL_EVERY_MS = 100;

function tell(message: ProgramMessage): void {
  if (process.connected) process.send?.(message);
}
