import { randomBytes, randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Returns a secret of this installation: 256 random bits in hex, generated on first use and kept in
 * `<dataDir>/secrets/<name>` with mode 0600. Two processes that ask at the same time get the same secret.
 * @throws Error if the file exists but is empty, or cannot be read or created
 */
export function installationSecret(dataDir: string, name: string): string {
  const file = installationSecretFile(dataDir, name);
  const draft = `${file}.${randomUUID()}`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const found = findInstallationSecret(dataDir, name);
  if (found !== null) return found;
  try {
    writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600 });
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readSecret(file);
}

/**
 * @returns null if it was never generated
 * @throws Error if the file exists but is empty or cannot be read
 */
export function findInstallationSecret(dataDir: string, name: string): string | null {
  try {
    return readSecret(installationSecretFile(dataDir, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

export function installationSecretFile(dataDir: string, name: string): string {
  return join(dataDir, 'secrets', name);
}

function readSecret(file: string): string {
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '')
    throw new Error(`The secret in ${file} is empty. Restore it, or delete the file to have one made.`);
  return secret;
}
