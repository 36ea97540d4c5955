import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The secrets of TLS session tickets, so that every worker and every server takes a ticket that another gave out. */
export class TlsTicketKeys implements MigrationInterface {
  readonly name = 'TlsTicketKeys0000000000011';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tls_ticket_key (
        id bigserial PRIMARY KEY,
        secret bytea NOT NULL,
        starts_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE tls_ticket_key');
  }
}
