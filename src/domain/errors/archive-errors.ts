import type { ErrorEntry } from './error-entry.js';

/** Errors of `ota backup` and `ota restore`, which run on the server's machine. */
export const ARCHIVE_ERRORS = {
  SCHEMA_DIFFERS: {
    status: 409,
    meaning: 'The database was migrated by another version of the server.',
    example: 'The database was migrated by another version of the server than this command.',
    advice: 'Run the command of the version that the server runs, or start the server of this version once.',
  },
  DATABASE_NOT_EMPTY: {
    status: 409,
    meaning: 'A backup is restored only into a database without tables of the server.',
    example: 'The database already has the table firmware. Nothing was changed.',
    advice:
      'Restore into a new database: createdb --owner=ota ota. For the embedded one, stop the server and move the folder ' +
      'postgres in DATA_DIR away.',
  },
  STORE_NOT_EMPTY: {
    status: 409,
    meaning: 'A backup is restored only into a firmware store without other files than its own.',
    example:
      'The firmware store has the file sensor/v1.0.0.bin, which is not of this backup. Nothing was changed.',
    advice: 'Set FIRMWARE_STORE to an empty folder, or move its files away.',
  },
  SECRETS_DIFFER: {
    status: 409,
    meaning: 'DATA_DIR already has a secret that differs from that of the backup.',
    example: 'DATA_DIR has another secret jwt than this backup. Nothing was changed.',
    advice: 'Set DATA_DIR to an empty folder, or move the file in its folder secrets away.',
  },
  ARCHIVE_DAMAGED: {
    status: 422,
    meaning: 'The file is not a complete backup, or a part of it has changed.',
    example: 'The part database/firmware/00001.copy.gz of the backup is damaged. Nothing was changed.',
    advice: 'Restore from another copy of this backup, or from an earlier one.',
  },
  ARCHIVE_TOO_NEW: {
    status: 422,
    meaning: 'The backup was made by a newer version of the server.',
    example: 'The backup was made by a newer version: it knows Audit0000000000016. Nothing was changed.',
    advice: 'Install the version that made the backup, or a later one, and restore with that.',
  },
} as const satisfies Record<string, ErrorEntry>;
