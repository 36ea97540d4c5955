import { createHash, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { PeriodicTasks } from '../../database/periodic-tasks.js';
import { SecretRepository, type KeyChanges, type KeysNow } from '../../secrets/secrets.exports.js';
import { isKeyDue, keysToRemove, keysToRetire, signingKey } from './key-schedule.js';

const PURPOSE = 'jwt';
const KEY_BYTES = 32;
/** Well within the time by which a key is made before it signs. */
const LOOK_MS = 10 * 60 * 1000;
/** An unknown key id is looked for at most so often, whoever sends them. */
const SEARCH_PAUSE_MS = 1_000;

export interface SigningKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/**
 * The keys of JWTs. Those of the configuration, or else keys that the servers of one database make up, share and change
 * every 30 days; the ones before are accepted until their tokens have expired.
 */
@Injectable()
export class KeyRing implements OnApplicationBootstrap {
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private signing: SigningKey | null = null;
  /** For tokens of earlier versions, which name no key. */
  private readonly unnamed: KeyObject | undefined;
  private searchedAt = -Infinity;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly secrets: SecretRepository,
    private readonly tasks: PeriodicTasks,
  ) {
    const { secret, earlierSecret } = config.jwt;
    const unnamed = secret ?? earlierSecret;
    this.unnamed = unnamed === null ? undefined : keyOf(unnamed);
  }

  async onApplicationBootstrap(): Promise<void> {
    const { secret, previousSecret } = this.config.jwt;
    if (secret === null) {
      this.tasks.add({ name: 'Changing the keys of tokens', everyMs: LOOK_MS, run: () => this.change() });
      await this.change();
      return;
    }
    const configured = [secret, ...(previousSecret === null ? [] : [previousSecret])];
    this.keys = new Map(configured.map((text) => [keyIdOf(text), keyOf(text)]));
    this.signing = { keyId: keyIdOf(secret), key: keyOf(secret) };
  }

  /** The key that new tokens are signed with. */
  current(): SigningKey {
    if (this.signing) return this.signing;
    throw new Error('The keys of tokens are read when the application has started.');
  }

  /** @param keyId as a token names it; not checked before. @returns undefined when there is no such key */
  async find(keyId: unknown): Promise<KeyObject | undefined> {
    if (keyId === undefined) return this.unnamed;
    if (typeof keyId !== 'string') return undefined;
    return this.keys.get(keyId) ?? (await this.search(keyId));
  }

  /** Another server may have made the key since this one looked. While the database is away, no more keys are known. */
  private async search(keyId: string): Promise<KeyObject | undefined> {
    if (this.config.jwt.secret !== null || performance.now() - this.searchedAt < SEARCH_PAUSE_MS)
      return undefined;
    this.searchedAt = performance.now();
    const found = await this.secrets.findKeys(PURPOSE).catch(() => null);
    if (found) this.keys = mapOf(found);
    return this.keys.get(keyId);
  }

  private async change(): Promise<void> {
    const { keys, now } = await this.secrets.changeKeys(PURPOSE, (all) => this.changesOf(all));
    this.keys = mapOf(keys);
    const signing = signingKey(keys, now);
    if (signing) this.signing = { keyId: signing.keyId, key: createSecretKey(signing.value) };
  }

  private changesOf({ keys, now }: KeysNow): KeyChanges {
    const { earlierSecret, ttlSeconds } = this.config.jwt;
    const isFirst = keys.length === 0;
    const value =
      isFirst && earlierSecret !== null ? Buffer.from(earlierSecret, 'utf8') : randomBytes(KEY_BYTES);
    return {
      added: isKeyDue(keys, now) ? [{ keyId: keyIdOf(value), value }] : [],
      retired: keysToRetire(keys, now).map(({ keyId }) => keyId),
      removed: keysToRemove(keys, now, ttlSeconds).map(({ keyId }) => keyId),
    };
  }
}

const mapOf = (keys: KeysNow['keys']): ReadonlyMap<string, KeyObject> =>
  new Map(keys.map(({ keyId, value }) => [keyId, createSecretKey(value)]));

/** Made once: of a text jsonwebtoken first tries to make a public key, for each request, a third of what a list costs. */
const keyOf = (text: string): KeyObject => createSecretKey(text, 'utf8');

/** The first 8 hex digits of its SHA-256. */
const keyIdOf = (secret: string | Buffer): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 8);
