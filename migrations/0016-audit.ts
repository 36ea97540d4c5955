import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What admins and devices did, in a chain: each row holds the hash of the row before it, and audit_head those of the
 * newest. A trigger refuses what changes or removes a row.
 */
export class Audit implements MigrationInterface {
  readonly name = 'Audit0000000000016';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_log (
        id bigint PRIMARY KEY,
        at timestamptz(3) NOT NULL,
        actor_kind varchar(20) NOT NULL,
        actor_id bigint,
        actor_name text NOT NULL,
        address text,
        request_id varchar(64),
        action varchar(50) NOT NULL,
        target varchar(120) NOT NULL,
        before jsonb,
        after jsonb,
        result varchar(20) NOT NULL,
        previous_hash char(64) NOT NULL,
        hash char(64) NOT NULL
      )`);
    await runner.query('CREATE INDEX ix_audit_log_actor ON audit_log (actor_name, id)');
    await runner.query('CREATE INDEX ix_audit_log_action ON audit_log (action, id)');
    await runner.query('CREATE INDEX ix_audit_log_target ON audit_log (target, id)');
    await runner.query('CREATE INDEX ix_audit_log_at ON audit_log (at, id)');
    await runner.query(`
      CREATE TABLE audit_head (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        last_id bigint NOT NULL,
        last_hash char(64) NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_head (last_id, last_hash) VALUES (0, repeat('0', 64))`);
    await runner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'The audit log is only added to.' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
    await runner.query(`
      CREATE TRIGGER audit_head_is_kept BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_head, audit_log');
    await runner.query('DROP FUNCTION refuse_audit_change()');
  }
}
