import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Who tries to log in, and from where. */
export interface LoginAttempt {
  readonly username: string;
  /** See clientNetwork(). */
  readonly network: string;
}

interface Failures {
  readonly count: number;
  /** Reading of the clock, in milliseconds, before which no further attempt is made. */
  readonly retryAt: number;
}

/** Wrong passwords that cost no delay: people mistype, and several people may share an address. */
const FREE_OF_USER = 5;
const FREE_OF_NETWORK = 20;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** Failures are forgotten after this time without another one. */
const FORGET_MS = 3_600_000;
/** How long a user counts as known at an address after a login from there. */
const KNOWN_MS = 30 * 24 * 3_600_000;
/** Entries of each table; the ones that were used longest ago go first. */
const CAPACITY = 10_000;

/** Doubles with each failure after the free ones. @returns milliseconds until the next attempt */
export function delayAfter(failures: number, free: number): number {
  return failures < free ? 0 : Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - free));
}

/**
 * Remembers failed logins in memory of a fixed size: by user and network together, and by network. A user alone has no
 * counter, so that nobody can lock a user out from elsewhere.
 */
export class LoginDelays {
  private readonly ofUsers: LRUCache<string, Failures>;
  private readonly ofNetworks: LRUCache<string, Failures>;
  private readonly known: LRUCache<string, true>;

  /** @param now milliseconds, never going back */
  constructor(
    private readonly now: () => number = () => performance.now(),
    capacity = CAPACITY,
  ) {
    // Unlike `max`, a size makes no room for all of them at the start.
    const options = { maxSize: capacity, sizeCalculation: () => 1, ttlResolution: 0, perf: { now } };
    this.ofUsers = new LRUCache({ ...options, ttl: FORGET_MS });
    this.ofNetworks = new LRUCache({ ...options, ttl: FORGET_MS });
    this.known = new LRUCache({ ...options, ttl: KNOWN_MS });
  }

  /** Milliseconds until an attempt may be made; 0: now. */
  waitOf(attempt: LoginAttempt): number {
    const ofUser = this.ofUsers.get(keyOf(attempt));
    // What others do at the same address does not delay a user who has logged in from there.
    const ofNetwork = this.isKnown(attempt) ? undefined : this.ofNetworks.get(attempt.network);
    const retryAt = Math.max(ofUser?.retryAt ?? 0, ofNetwork?.retryAt ?? 0);
    return Math.max(0, retryAt - this.now());
  }

  /** Whether this user has logged in from this network lately. */
  isKnown(attempt: LoginAttempt): boolean {
    return this.known.has(keyOf(attempt));
  }

  /** @returns how often this user has failed from this network in a row */
  failed(attempt: LoginAttempt): number {
    this.count(this.ofNetworks, attempt.network, FREE_OF_NETWORK);
    return this.count(this.ofUsers, keyOf(attempt), FREE_OF_USER);
  }

  /** The network keeps its count: one right password does not pay for guesses at other users. */
  succeeded(attempt: LoginAttempt): void {
    this.ofUsers.delete(keyOf(attempt));
    this.known.set(keyOf(attempt), true);
  }

  private count(table: LRUCache<string, Failures>, key: string, free: number): number {
    const count = (table.get(key)?.count ?? 0) + 1;
    table.set(key, { count, retryAt: this.now() + delayAfter(count, free) });
    return count;
  }
}

/** Of a fixed length, whatever was sent as a name. */
function keyOf({ username, network }: LoginAttempt): string {
  return createHash('sha256')
    .update(JSON.stringify([username, network]))
    .digest('base64');
}
