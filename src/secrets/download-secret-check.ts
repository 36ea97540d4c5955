import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { SecretRepository, type KeyChanges } from './secret.repository.js';

/** The servers of one database would sign download URLs with different secrets, or some of them not at all. */
export class DownloadSecretDiffers extends Error {
  override readonly name = 'DownloadSecretDiffers';
}

const PURPOSE = 'download-fingerprint';
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const WAY =
  'Set the same on all servers. To change it on purpose, start every server with the new one and with the one before as ' +
  'OTA_DOWNLOAD_SECRET_PREVIOUS.';

/**
 * Compares OTA_DOWNLOAD_SECRET with what the other servers of the database use, at the start: what one server offers would
 * be refused by the next one. The database keeps a fingerprint of it, from which it cannot be found.
 */
@Injectable()
export class DownloadSecretCheck implements OnModuleInit {
  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly secrets: SecretRepository,
  ) {}

  /** @throws DownloadSecretDiffers */
  async onModuleInit(): Promise<void> {
    const { databaseUrl, download } = this.config;
    // Nobody shares the embedded database.
    if (databaseUrl === null) return;
    await this.secrets.changeKeys(PURPOSE, ({ keys }) =>
      changesOf(
        keys.map(({ keyId, value }) => ({ keyId, value })),
        download,
      ),
    );
  }
}

type Fingerprint = KeyChanges['added'][number];

function changesOf(
  kept: readonly Fingerprint[],
  { secret, previousSecret }: Pick<AppConfig['download'], 'secret' | 'previousSecret'>,
): KeyChanges {
  const isOf = (text: string | null): boolean =>
    text !== null && kept.every(({ value }) => isFingerprintOf(value, text));
  const isKnown = kept.length === 0 ? secret === null : isOf(secret);
  if (isKnown) return { added: [], retired: [], removed: [] };
  if (kept.length > 0 && !isOf(previousSecret)) {
    throw new DownloadSecretDiffers(
      secret === null
        ? `OTA_DOWNLOAD_SECRET is not set, but the other servers of this database sign download URLs with one. ${WAY}`
        : `OTA_DOWNLOAD_SECRET is not the one that the other servers of this database sign download URLs with. ${WAY}`,
    );
  }
  return {
    added: secret === null ? [] : [newFingerprint(secret)],
    retired: [],
    removed: kept.map(({ keyId }) => keyId),
  };
}

function newFingerprint(secret: string): Fingerprint {
  const salt = randomBytes(SALT_BYTES);
  return { keyId: salt.toString('hex'), value: Buffer.concat([salt, hashOf(secret, salt)]) };
}

function isFingerprintOf(value: Buffer, secret: string): boolean {
  const [salt, hash] = [value.subarray(0, SALT_BYTES), value.subarray(SALT_BYTES)];
  return hash.length === HASH_BYTES && timingSafeEqual(hash, hashOf(secret, salt));
}

/** Slow on purpose: the secret may be one that people can remember. */
// eslint-disable-next-line no-restricted-syntax -- Once, before the first request.
const hashOf = (secret: string, salt: Buffer): Buffer => scryptSync(secret, salt, HASH_BYTES);
