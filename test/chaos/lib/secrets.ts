import { randomBytes } from 'node:crypto';

const secret = (name: string): string => `${name}-${randomBytes(12).toString('hex')}`;

/** All that the servers of a run must keep to themselves, made anew for each run. */
export const SECRETS = {
  adminPassword: secret('admin-password'),
  databasePassword: secret('database-password'),
  jwt: secret('jwt-secret'),
  download: secret('download-secret'),
  metrics: secret('metrics-token'),
} as const;
