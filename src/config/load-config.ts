import type { AppConfig, StoreSettings } from './app-config.js';
import { findDirectoryError } from './directories.js';
import { messageOf, readEnvironment, type Environment } from './environment.js';
import { findInstallationSecret } from './secrets.js';

/** All errors of the configuration, one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly errors: readonly string[]) {
    super(
      `The configuration has ${errors.length === 1 ? 'an error' : `${errors.length} errors`}:\n- ${errors.join('\n- ')}`,
    );
  }
}

/**
 * Loads the configuration from the environment, checks the folders on disk, and freezes the result.
 * @param findStoreError returns what is wrong with the store that FIRMWARE_STORE names, or null
 * @throws ConfigError with all errors at once
 */
export function loadConfig(
  env: Environment,
  findStoreError: (settings: StoreSettings) => string | null,
): AppConfig {
  const errors: string[] = [];
  const config = readEnvironment(env, errors);
  const isStoreKnown = !errors.some((error) => error.startsWith('FIRMWARE_STORE '));
  for (const error of [
    findDirectoryError('DATA_DIR', config.dataDir),
    isStoreKnown ? findStoreError(config) : null,
  ]) {
    if (error !== null) errors.push(error);
  }
  if (errors.length > 0) throw new ConfigError(errors);
  return deepFreeze({ ...config, jwt: { ...config.jwt, earlierSecret: earlierJwtSecret(config.dataDir) } });
}

/** Earlier versions made up the secret of tokens and kept it here; the keys are in the database now. */
function earlierJwtSecret(dataDir: string): string | null {
  try {
    return findInstallationSecret(dataDir, 'jwt');
  } catch (error) {
    throw new ConfigError([`The secret of tokens in DATA_DIR cannot be read: ${messageOf(error)}`]);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Buffer.isBuffer(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
