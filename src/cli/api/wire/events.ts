import type { Json } from '../../../domain/audit-chain.js';

/* The fields of the server's responses about events and webhooks that the command uses; the API has more. */

/** Something that happened. */
export interface WireEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly entity: string;
  readonly data: Readonly<Record<string, Json>>;
}

export interface WireWebhook {
  readonly id: number;
  readonly url: string;
  readonly events: readonly string[];
  readonly description: string | null;
  readonly is_active: boolean;
  readonly disabled_because: string | null;
  readonly waiting: number;
  readonly last_success_at: string | null;
  readonly last_error: string | null;
}

export interface WireDelivery {
  readonly id: number;
  readonly message_id: string;
  readonly type: string;
  readonly entity: string;
  readonly state: string;
  readonly tries: number;
  readonly next_try_at: string | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: string;
  readonly ended_at: string | null;
}
