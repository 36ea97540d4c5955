import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A secret under which TLS session tickets are given out from a time on. */
@Entity('tls_ticket_key')
export class TicketKeyEntity {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id!: number;

  /** 48 bytes: a name, an HMAC key and an AES key of 16 bytes each, as `tls.Server.setTicketKeys` takes them. */
  @Column({ type: 'bytea' })
  secret!: Buffer;

  @Column({ type: 'timestamptz' })
  startsAt!: Date;
}
