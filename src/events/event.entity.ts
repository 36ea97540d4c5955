import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Json } from '../domain/audit-chain.js';

/** Something that happened, or a list of it: see event-rows.ts. Rows are added and, a while later, deleted. */
@Entity('event')
export class EventEntity {
  /** With the id, its place among all. */
  @PrimaryColumn({ type: 'bigint' })
  place!: number;

  @PrimaryColumn({ type: 'bigint', generated: 'increment' })
  id!: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  at!: Date;

  @Column({ type: 'varchar', length: 50 })
  type!: string;

  /** `firmware:12`: what it happened to. */
  @Column({ type: 'varchar', length: 120 })
  entity!: string;

  /** By the names that the API has for it. */
  @Column({ type: 'jsonb' })
  data!: Json;
}
