import dotenv from 'dotenv';
import type { Environment } from './environment.js';

/** The environment over what the file .env of the current folder says. `process.env` itself stays as it is. */
export function readDotenv(): Environment {
  const fromFile: Record<string, string> = {};
  dotenv.config({ processEnv: fromFile, quiet: true });
  return { ...fromFile, ...process.env };
}
