import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may publish. */
export class AdminUsers implements MigrationInterface {
  readonly name = 'AdminUsers0000000000007';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE admin_user (
        id bigserial PRIMARY KEY,
        username varchar(100) NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_admin_user_username UNIQUE (username)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE admin_user');
  }
}
