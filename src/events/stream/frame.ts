import { formatCursor, type EventPlace } from '../../domain/event-place.js';
import { kindOf, type EventKind } from '../../domain/event-types.js';
import { EventResponse } from '../dto/event.dto.js';
import type { RecordedEvent } from '../event.repository.js';

/** An event as it goes out, written once for all clients. */
export interface Frame extends EventPlace {
  readonly kind: EventKind;
  readonly text: string;
}

/** @param now when everything up to it has been sent */
export function frameOf(event: RecordedEvent, now: Date): Frame {
  const { place, id, type } = event;
  const kind = kindOf(type);
  const data = JSON.stringify(EventResponse.from(event));
  return { place, id, kind, text: `id: ${formatCursor(event, now)}\nevent: ${kind}\ndata: ${data}\n\n` };
}

/** Tells where the client is, without an event: a client that breaks off continues from there. */
export const heartbeat = (place: EventPlace, now: Date): string =>
  `: heartbeat\nid: ${formatCursor(place, now)}\n\n`;

/** The client may have missed events before this place. */
export const reset = (place: EventPlace, now: Date, reason: string): string =>
  `id: ${formatCursor(place, now)}\nevent: reset\ndata: ${JSON.stringify({ reason })}\n\n`;
