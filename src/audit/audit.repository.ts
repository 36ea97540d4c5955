import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { auditHash, type AuditFacts, type Json } from '../domain/audit-chain.js';

@Injectable()
export class AuditRepository {
  /**
   * Adds a row at the end of the chain, in the transaction of the caller: others that add one wait until it ends, so it
   * should be the last thing that the transaction does.
   */
  async append(manager: EntityManager, facts: AuditFacts): Promise<void> {
    const [head] = await manager.query<[{ last_id: number; last_hash: string }]>(
      'SELECT last_id, last_hash FROM audit_head FOR UPDATE',
    );
    const place = { id: head.last_id + 1, previousHash: head.last_hash };
    const hash = auditHash({ ...facts, ...place });
    await manager.query(
      `INSERT INTO audit_log (id, at, actor_kind, actor_id, actor_name, address, request_id, action, target, before,
                              after, result, previous_hash, hash)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        place.id,
        facts.at,
        facts.actorKind,
        facts.actorId,
        facts.actorName,
        facts.address,
        facts.requestId,
        facts.action,
        facts.target,
        jsonText(facts.before),
        jsonText(facts.after),
        facts.result,
        place.previousHash,
        hash,
      ],
    );
    await manager.query('UPDATE audit_head SET last_id = $1, last_hash = $2', [place.id, hash]);
  }
}

const jsonText = (value: Json): string | null => (value === null ? null : JSON.stringify(value));
