import type { Json } from '../domain/audit-chain.js';
import type { EventType } from '../domain/event-types.js';

export interface NewEvent {
  readonly type: EventType;
  /** `firmware:12`: what it happened to. */
  readonly entity: string;
  /** Small, and by the names that the API has for it. */
  readonly data: Json;
}
