import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tells every server that the published releases may have changed, in the transaction that changed them and whoever
 * changed them: a trigger also hears of what is done by hand in psql.
 */
export class FirmwareChanged implements MigrationInterface {
  readonly name = 'FirmwareChanged0000000000008';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION notify_firmware_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NOTIFY firmware_changed;
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER firmware_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON firmware
        FOR EACH STATEMENT EXECUTE FUNCTION notify_firmware_changed()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER firmware_changed ON firmware');
    await runner.query('DROP FUNCTION notify_firmware_changed()');
  }
}
