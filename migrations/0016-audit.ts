import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What admins and devices did, in a chain: each row holds the hash of the row before it. audit_head holds those of the
 * newest row, and where the log begins since it was cut; the first row that is added makes it. Triggers refuse what
 * changes a row, and what removes one that the log has not been cut before.
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
        first_id bigint NOT NULL,
        previous_hash char(64) NOT NULL,
        cut_signature char(64),
        last_id bigint NOT NULL,
        last_hash char(64) NOT NULL
      )`);
    await this.refuseChanges(runner);
    await this.guardCuts(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_head, audit_log');
    await runner.query('DROP FUNCTION refuse_audit_change(), keep_audit_rows(), keep_audit_head()');
  }

  private async refuseChanges(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'The audit log is only added to.' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_log_is_only_added_to BEFORE UPDATE OR TRUNCATE ON audit_log
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
    await runner.query(`
      CREATE TRIGGER audit_head_is_kept BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
  }

  /**
   * The log is cut by moving first_id in audit_head, together with the row that says so; only rows before it may be
   * deleted. A day less than the 90 of the API, since the clocks of server and database differ.
   */
  private async guardCuts(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION keep_audit_rows() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT FROM removed, audit_head WHERE removed.id >= audit_head.first_id) THEN
          RAISE EXCEPTION 'The audit log is only added to.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_log_is_cut_at_its_old_end AFTER DELETE ON audit_log REFERENCING OLD TABLE AS removed
        FOR EACH STATEMENT EXECUTE FUNCTION keep_audit_rows()`);
    await runner.query(`
      CREATE FUNCTION keep_audit_head() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        newest audit_log;
      BEGIN
        SELECT * INTO newest FROM audit_log WHERE id = NEW.last_id;
        IF NEW.last_id = OLD.last_id + 1
          AND newest.hash = NEW.last_hash AND newest.previous_hash = OLD.last_hash
          AND ((NEW.first_id, NEW.previous_hash, NEW.cut_signature)
                 IS NOT DISTINCT FROM (OLD.first_id, OLD.previous_hash, OLD.cut_signature)
            OR (NEW.first_id > OLD.first_id AND newest.action = 'audit.cut'
              AND newest.after -> 'first_id' = to_jsonb(NEW.first_id)
              AND NEW.previous_hash = (SELECT hash FROM audit_log WHERE id = NEW.first_id - 1)
              AND NOT EXISTS (SELECT FROM audit_log
                               WHERE id < NEW.first_id AND at > now() - interval '89 days')))
        THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'The audit log is only added to.' USING ERRCODE = 'insufficient_privilege';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_head_moves_with_the_log BEFORE UPDATE ON audit_head
        FOR EACH ROW EXECUTE FUNCTION keep_audit_head()`);
  }
}
