import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What happened, for those who want to hear of it, and the webhooks that are told. Rows are added in the transaction that
 * causes them, and read in the order of (place, id): docs/decisions/0014-events.md says what a place is. The table has this
 * one index, since each report of a device may add a row.
 */
export class Events implements MigrationInterface {
  readonly name = 'Events0000000000022';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event (
        place bigint NOT NULL,
        id bigserial NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        type varchar(50) NOT NULL,
        entity varchar(120) NOT NULL,
        data jsonb NOT NULL,
        PRIMARY KEY (place, id)
      )`);
    await runner.query(`
      CREATE TABLE webhook (
        id bigserial PRIMARY KEY,
        url varchar(2000) NOT NULL,
        description varchar(200),
        events varchar(50)[] NOT NULL,
        secret bytea NOT NULL,
        is_active boolean NOT NULL DEFAULT true,
        disabled_because text,
        from_place bigint NOT NULL,
        waiting integer NOT NULL DEFAULT 0,
        last_success_at timestamptz,
        last_failure_at timestamptz,
        last_error text,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE webhook_delivery (
        id bigserial PRIMARY KEY,
        webhook_id bigint NOT NULL,
        message_id varchar(60) NOT NULL,
        type varchar(50) NOT NULL,
        entity varchar(120) NOT NULL,
        body text NOT NULL,
        state varchar(20) NOT NULL DEFAULT 'waiting',
        tries integer NOT NULL DEFAULT 0,
        next_try_at timestamptz,
        claimed_until timestamptz,
        last_status integer,
        last_error text,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT ck_webhook_delivery_state CHECK (state IN ('waiting', 'delivered', 'failed')),
        CONSTRAINT fk_webhook_delivery_webhook FOREIGN KEY (webhook_id) REFERENCES webhook (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_webhook_delivery_webhook ON webhook_delivery (webhook_id, id)');
    await runner.query(`
      CREATE INDEX ix_webhook_delivery_entity ON webhook_delivery (webhook_id, entity, id) WHERE state = 'waiting'`);
    await runner.query(`
      CREATE INDEX ix_webhook_delivery_due ON webhook_delivery (webhook_id, next_try_at)
       WHERE state = 'waiting' AND next_try_at IS NOT NULL`);
    await runner.query(`
      CREATE INDEX ix_webhook_delivery_ended ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL`);
    await runner.query(`
      CREATE TABLE webhook_position (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        place bigint NOT NULL,
        id bigint NOT NULL
      )`);
    await runner.query('INSERT INTO webhook_position (place, id) VALUES (0, 0)');
    await this.addRenumbering(runner);
  }

  /**
   * Places are numbers of transactions, which another database counts anew. To be called in the transaction that copies the
   * rows there: what webhooks have been told of gets a place before the others.
   */
  private async addRenumbering(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION renumber_events() RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        own bigint := pg_current_xact_id()::text::bigint;
      BEGIN
        UPDATE event SET place = CASE WHEN (place, id) <= (SELECT place, id FROM webhook_position)
                                      THEN own - 1 ELSE own END;
        UPDATE webhook_position SET place = own - 1, id = 9007199254740991;
        UPDATE webhook SET from_place = own - 1;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP FUNCTION renumber_events()');
    await runner.query('DROP TABLE webhook_position, webhook_delivery, webhook, event');
  }
}
