import type { AppConfig } from './app-config.js';
import { findDirectoryFault } from './directories.js';
import { messageOf, readEnvironment, type Environment } from './environment.js';
import { installationSecret } from './secrets.js';

/** All errors of the configuration, one sentence each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n- ${faults.join('\n- ')}`,
    );
  }
}

/**
 * The environment and what the disk has to say to it, as one frozen object.
 * @param findStoreFault asks the store that FIRMWARE_STORE names whether it is set up
 * @throws ConfigError with all faults at once
 */
export function loadConfig(
  env: Environment,
  findStoreFault: (firmwareStore: string) => string | null,
): AppConfig {
  const faults: string[] = [];
  const config = readEnvironment(env, faults);
  for (const fault of [
    findDirectoryFault('DATA_DIR', config.dataDir),
    findStoreFault(config.firmwareStore),
  ]) {
    if (fault !== null) faults.push(fault);
  }
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze({
    ...config,
    jwt: { ...config.jwt, secret: config.jwt.secret ?? generatedJwtSecret(config.dataDir) },
  });
}

function generatedJwtSecret(dataDir: string): string {
  try {
    return installationSecret(dataDir, 'jwt');
  } catch (error) {
    throw new ConfigError([`JWT_SECRET is unset, and none can be kept in DATA_DIR: ${messageOf(error)}`]);
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !Buffer.isBuffer(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
