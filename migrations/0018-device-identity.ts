import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Devices may have an identity. What decides who may speak for a device has a table of its own, in which only devices are
 * that somebody has decided something about: it is small, is read as a whole, and is not in the way of check-ins and
 * reports. Its rows stay when a device is forgotten: with its epoch, its revoked tokens would be in force again.
 */
export class DeviceIdentity implements MigrationInterface {
  readonly name = 'DeviceIdentity0000000000018';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE enrollment_key (
        id bigserial PRIMARY KEY,
        name varchar(100),
        device_type varchar(50) NOT NULL,
        key_hash char(64) NOT NULL,
        key_prefix varchar(20) NOT NULL,
        requires_acceptance boolean NOT NULL DEFAULT false,
        expires_at timestamptz,
        max_devices integer,
        enrolled integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz,
        CONSTRAINT uq_enrollment_key_hash UNIQUE (key_hash),
        CONSTRAINT ck_enrollment_key_enrolled CHECK (enrolled <= max_devices)
      )`);
    await runner.query(`
      CREATE TABLE device_access (
        device_id bigint PRIMARY KEY,
        identity varchar(20) NOT NULL DEFAULT 'none',
        enrollment varchar(20) NOT NULL DEFAULT 'none',
        is_blocked boolean NOT NULL DEFAULT false,
        token_epoch integer NOT NULL DEFAULT 0,
        token_used_at timestamptz,
        enrollment_key_id bigint,
        changed_in bigint NOT NULL,
        CONSTRAINT ck_device_access_identity CHECK (identity IN ('none', 'token', 'certificate')),
        CONSTRAINT ck_device_access_enrollment CHECK (enrollment IN ('none', 'pending', 'accepted', 'rejected')),
        CONSTRAINT ck_device_access_token_epoch CHECK (token_epoch BETWEEN 0 AND 67108863),
        CONSTRAINT fk_device_access_enrollment_key FOREIGN KEY (enrollment_key_id) REFERENCES enrollment_key (id)
      )`);
    await runner.query('CREATE INDEX ix_device_access_changed_in ON device_access (changed_in)');
    await runner.query('CREATE INDEX ix_device_access_enrollment_key ON device_access (enrollment_key_id)');
    await this.addTriggers(runner);
  }

  /**
   * Each row says in which transaction it was changed: whoever knows up to which one it has read finds what it has not
   * seen. Notifications only make that faster, and come with the commit.
   */
  private async addTriggers(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION mark_device_access() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.changed_in := pg_current_xact_id()::text::bigint;
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE FUNCTION notify_device_access_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NOTIFY device_access_changed;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER device_access_marked BEFORE INSERT OR UPDATE ON device_access
        FOR EACH ROW EXECUTE FUNCTION mark_device_access()`);
    await runner.query(`
      CREATE TRIGGER device_access_changed AFTER INSERT OR UPDATE ON device_access
        FOR EACH STATEMENT EXECUTE FUNCTION notify_device_access_changed()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE device_access, enrollment_key');
    await runner.query('DROP FUNCTION mark_device_access(), notify_device_access_changed()');
  }
}
