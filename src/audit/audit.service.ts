import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AuditFacts, Json } from '../domain/audit-chain.js';
import type { Principal } from '../domain/principal.js';
import { storableText } from '../domain/storable-text.js';
import { currentRequestId } from '../http/request-context.js';
import { AuditRepository } from './audit.repository.js';

/** A device that did something, from where. */
export interface DeviceActor {
  readonly deviceId: number;
  readonly address: string | null;
}

/** One thing that was done, or refused. */
export interface AuditEntry {
  /** null: the server itself. */
  readonly by: Principal | DeviceActor | null;
  /** What was done to which kind of thing: `firmware.register`. */
  readonly action: string;
  /** `firmware:12`; never longer than 120 characters. */
  readonly target: string;
  /** What was changed, as it was; never a secret. */
  readonly before?: Json;
  readonly after?: Json;
  readonly result?: AuditFacts['result'];
}

/** Puts what admins and devices do on record, in the transaction that does it. */
@Injectable()
export class AuditLog {
  constructor(private readonly rows: AuditRepository) {}

  /** To be the last thing that the transaction does: others who record something wait for its end. */
  async record(manager: EntityManager, entry: AuditEntry): Promise<void> {
    const { by, action, target, before = null, after = null, result = 'done' } = entry;
    await this.rows.append(manager, {
      at: new Date().toISOString(),
      ...actorOf(by),
      requestId: currentRequestId() ?? null,
      action,
      target: storableText(target),
      before,
      after,
      result,
    });
  }
}

type Actor = Pick<AuditFacts, 'actorKind' | 'actorId' | 'actorName' | 'address'>;

function actorOf(by: AuditEntry['by']): Actor {
  if (by === null) return { actorKind: 'server', actorId: null, actorName: 'server', address: null };
  if ('deviceId' in by) {
    const { deviceId, address } = by;
    return { actorKind: 'device', actorId: deviceId, actorName: String(deviceId), address };
  }
  const { token, address } = by;
  return token
    ? { actorKind: 'token', actorId: token.id, actorName: `${by.name}/${token.name}`, address }
    : { actorKind: 'user', actorId: by.id, actorName: by.name, address };
}
