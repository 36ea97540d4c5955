import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { inTransaction } from '../database/transaction.js';
import type { EventPlace } from '../domain/event-place.js';
import { isInMasses } from '../domain/event-types.js';
import { EventEntity } from './event.entity.js';
import { EVENTS_IN_ROW, eventsOf, rowsOf } from './event-rows.js';
import type { NewEvent } from './new-event.js';

export interface RecordedEvent extends NewEvent, EventPlace {
  readonly at: Date;
}

export interface EventPage {
  /** In the order of their places. */
  readonly events: readonly RecordedEvent[];
  /** What is behind it was not read yet. */
  readonly end: EventPlace;
  /** Whether more could be read at once. */
  readonly isFull: boolean;
}

/** The channel on which others are woken up for events that do not come in masses. */
export const EVENTS_CHANNEL = 'event_recorded';

/** Transactions before this one have ended, whatever they have added is visible. */
const OLDEST_RUNNING = 'pg_snapshot_xmin(pg_current_snapshot())::text::bigint';
/**
 * Not before any transaction that has ended by now, since this one may have waited for it, and not before its own number.
 * Evaluated once for a statement.
 */
const OWN_PLACE = `(SELECT greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1,
                                    pg_current_xact_id()::text::bigint))`;

@Injectable()
export class EventRepository {
  constructor(@InjectRepository(EventEntity) private readonly events: Repository<EventEntity>) {}

  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return inTransaction(this.events.manager, work);
  }

  /** To be called when what the events are about is locked by the transaction. */
  async insert(manager: EntityManager, events: readonly NewEvent[]): Promise<void> {
    const isAnnounced = events.some(({ type }) => !isInMasses(type));
    for (const { type, entity, data } of rowsOf(events)) {
      await manager.query(
        `WITH added AS (
           INSERT INTO event (place, id, type, entity, data)
           VALUES (${OWN_PLACE}, nextval('event_id_seq') * ${EVENTS_IN_ROW}, $1, $2, $3))
         SELECT pg_notify('${EVENTS_CHANNEL}', '') WHERE $4`,
        [type, entity, data, isAnnounced],
      );
    }
  }

  /** The place behind which everything will be that is not visible by now. */
  async end(manager: EntityManager = this.events.manager): Promise<EventPlace> {
    const [row] = await manager.query<[{ place: number }]>(`SELECT ${OLDEST_RUNNING} AS place`);
    return { place: row.place, id: 0 };
  }

  /** The events behind a place that nothing can come before any more. */
  async readAfter(
    after: EventPlace,
    limit: number,
    manager: EntityManager = this.events.manager,
  ): Promise<EventPage> {
    const end = await this.end(manager);
    const events = await this.readBetween(after, end, limit, manager);
    const last = events.at(-1);
    const isFull = events.length === limit && last !== undefined;
    return { events, end: isFull ? { place: last.place, id: last.id } : end, isFull };
  }

  /** @param upTo is included */
  readBetween(
    after: EventPlace,
    upTo: EventPlace,
    limit: number,
    manager: EntityManager = this.events.manager,
  ): Promise<RecordedEvent[]> {
    return manager.query<RecordedEvent[]>(
      `SELECT place, id, at, type, entity, data
         FROM ${eventsOf(`(place, id) > ($1, $2) AND (place, id) < ($3, $4::bigint + ${EVENTS_IN_ROW})`)} AS event
        WHERE (place, id) > ($1::bigint, $2::bigint) AND (place, id) <= ($3::bigint, $4::bigint)
        ORDER BY place, id LIMIT $5`,
      [after.place, after.id, upTo.place, upTo.id, limit],
    );
  }

  /**
   * Deletes the oldest rows, up to the first that is not older than this.
   * @param before rows with events behind this place are kept
   * @returns how many
   */
  async deleteOld(hours: number, before: EventPlace | null, limit: number): Promise<number> {
    const [, deleted] = await this.events.query<[unknown[], number]>(
      `WITH oldest AS (SELECT place, id, at FROM event ORDER BY place, id LIMIT $2)
       DELETE FROM event WHERE (place, id) IN (
         SELECT place, id FROM oldest
          WHERE at < now() - $1::int * interval '1 hour'
            AND ($3::bigint IS NULL OR (place, id) <= ($3::bigint, $4::bigint)))`,
      [hours, limit, before?.place ?? null, before?.id ?? null],
    );
    return deleted;
  }
}
