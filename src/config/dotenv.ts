import dotenv from 'dotenv';
import type { Environment } from './environment.js';

/** Merges the file .env of the current folder with the environment, which takes precedence. `process.env` is not changed. */
export function readDotenv(): Environment {
  const fromFile: Record<string, string> = {};
  dotenv.config({ processEnv: fromFile, quiet: true });
  return { ...fromFile, ...process.env };
}
