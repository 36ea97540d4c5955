import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeFeed } from '../database/change-feed.js';
import { VerifiedFiles } from '../storage/verified-files.js';
import { ReleaseCatalog } from './release-catalog.js';

const FIRMWARE_DAMAGED = 'firmware_damaged';

/**
 * Tells the other processes on this database of a file that was found damaged, or whole again, so that they look at it now
 * instead of when they next read it: what they serve from memory would hide it from them. Each believes only what it has
 * read itself, since another's disk may be at fault, or another disk than its own.
 */
@Injectable()
export class DamageNews {
  private readonly logger = new Logger('DamageNews');
  private readonly sender = randomUUID();
  private readonly damaged = new Set<number>();
  /** Firmware that is looked at since another process told of it, of which nobody need be told again. */
  private readonly heard = new Set<number>();

  constructor(
    private readonly database: DataSource,
    private readonly catalog: ReleaseCatalog,
    private readonly files: VerifiedFiles,
    feed: ChangeFeed,
  ) {
    files.onDamage((id, isDamaged) => {
      this.found(id, isDamaged);
    });
    feed.subscribe([FIRMWARE_DAMAGED], {
      onChange: (payload) => {
        if (payload === null) this.tellAll();
        else this.hear(payload);
      },
      onAlive: () => undefined,
      onDeaf: () => undefined,
    });
  }

  /** A damaged file is found so again and again; others are told once. */
  private found(id: number, isDamaged: boolean): void {
    if (this.damaged.has(id) === isDamaged) return;
    if (isDamaged) this.damaged.add(id);
    else this.damaged.delete(id);
    if (!this.heard.has(id)) void this.tell(id);
  }

  /** The database was away, and with it the others. */
  private tellAll(): void {
    for (const id of this.damaged) void this.tell(id);
  }

  private async tell(id: number): Promise<void> {
    try {
      await this.database.query('SELECT pg_notify($1, $2)', [FIRMWARE_DAMAGED, `${id} ${this.sender}`]);
    } catch (error) {
      this.logger.debug(`Other servers were not told of the file of firmware ${id}: ${String(error)}`);
    }
  }

  private hear(payload: string): void {
    const [id = '', sender] = payload.split(' ');
    const file = sender === this.sender ? undefined : this.catalog.findFile(Number(id));
    if (!file || this.heard.has(file.id)) return;
    this.heard.add(file.id);
    void this.files
      .verify(file)
      // What is wrong with it is logged, and known to the catalog, already.
      .catch(() => undefined)
      .finally(() => this.heard.delete(file.id));
  }
}
