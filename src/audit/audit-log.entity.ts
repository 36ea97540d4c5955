import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { AuditFacts, Json } from '../domain/audit-chain.js';

/** What somebody did, or was refused. Rows are added and never changed. */
@Entity('audit_log')
@Index('ix_audit_log_actor', ['actorName', 'id'])
@Index('ix_audit_log_action', ['action', 'id'])
@Index('ix_audit_log_target', ['target', 'id'])
@Index('ix_audit_log_at', ['at', 'id'])
export class AuditLogEntity {
  /** 1, 2, 3 …: its place in the chain. */
  @PrimaryColumn({ type: 'bigint' })
  id!: number;

  @Column({ type: 'timestamptz', precision: 3 })
  at!: Date;

  @Column({ type: 'varchar', length: 20 })
  actorKind!: AuditFacts['actorKind'];

  @Column({ type: 'bigint', nullable: true })
  actorId!: number | null;

  @Column({ type: 'text' })
  actorName!: string;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ type: 'varchar', length: 64, nullable: true })
  requestId!: string | null;

  @Column({ type: 'varchar', length: 50 })
  action!: string;

  @Column({ type: 'varchar', length: 120 })
  target!: string;

  @Column({ type: 'jsonb', nullable: true })
  before!: Json;

  @Column({ type: 'jsonb', nullable: true })
  after!: Json;

  @Column({ type: 'varchar', length: 20 })
  result!: AuditFacts['result'];

  /** SHA-256 of the row before, lower-case hex. */
  @Column({ type: 'char', length: 64 })
  previousHash!: string;

  @Column({ type: 'char', length: 64 })
  hash!: string;
}
