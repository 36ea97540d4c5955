import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { EventRepository } from './event.repository.js';
import type { NewEvent } from './new-event.js';

/** Keeps what happens for those who want to hear of it: streams, webhooks. */
@Injectable()
export class EventLog {
  constructor(private readonly events: EventRepository) {}

  /**
   * In the transaction that causes it, when what it is about is locked: its place among the events of an entity is that
   * of the call. Those of one call share a row, which costs less than one for each.
   */
  async record(manager: EntityManager, events: readonly NewEvent[]): Promise<void> {
    if (events.length > 0) await this.events.insert(manager, events);
  }

  /** What no transaction causes. */
  recordAlone(event: NewEvent): Promise<void> {
    return this.events.transaction((manager) => this.record(manager, [event]));
  }
}
