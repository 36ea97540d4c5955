import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Users with roles, API tokens, sessions of browsers, and the secrets that all servers share. Whoever changes what a user
 * or a token may do is heard by every server, in the transaction that changes it.
 */
export class People implements MigrationInterface {
  readonly name = 'People0000000000017';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE admin_user
        ADD COLUMN username_key text,
        ADD COLUMN role varchar(20) NOT NULL DEFAULT 'admin',
        ADD COLUMN is_active boolean NOT NULL DEFAULT true,
        ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
        ADD CONSTRAINT uq_admin_user_username_key UNIQUE (username_key),
        ADD CONSTRAINT ck_admin_user_role CHECK (role IN ('viewer', 'operator', 'admin'))`);
    await fillUsernameKeys(runner);
    await runner.query(`
      CREATE TABLE api_token (
        id bigserial PRIMARY KEY,
        user_id bigint NOT NULL,
        name varchar(100) NOT NULL,
        role varchar(20) NOT NULL,
        token_prefix varchar(20) NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        revoked_at timestamptz,
        CONSTRAINT uq_api_token_hash UNIQUE (token_hash),
        CONSTRAINT ck_api_token_role CHECK (role IN ('viewer', 'operator', 'admin')),
        CONSTRAINT fk_api_token_user FOREIGN KEY (user_id) REFERENCES admin_user (id) ON DELETE CASCADE
      )`);
    await runner.query(
      'CREATE UNIQUE INDEX uq_api_token_user_name ON api_token (user_id, name) WHERE revoked_at IS NULL',
    );
    await runner.query(`
      CREATE TABLE admin_session (
        id bigserial PRIMARY KEY,
        user_id bigint NOT NULL,
        family_hash bytea NOT NULL,
        refresh_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT uq_admin_session_family UNIQUE (family_hash),
        CONSTRAINT fk_admin_session_user FOREIGN KEY (user_id) REFERENCES admin_user (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_admin_session_user ON admin_session (user_id, id)');
    await runner.query(`
      CREATE TABLE secret (
        purpose varchar(40) NOT NULL,
        key_id varchar(40) NOT NULL,
        value bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        retired_at timestamptz,
        CONSTRAINT pk_secret PRIMARY KEY (purpose, key_id)
      )`);
    await runner.query(`
      CREATE FUNCTION notify_access_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NOTIFY access_changed;
        RETURN NULL;
      END $$`);
    // Not for uses: the time of the last one is written about once a minute for each token and session.
    for (const [table, changes] of [
      ['admin_user', 'INSERT OR UPDATE OF username, role, is_active, token_epoch OR DELETE OR TRUNCATE'],
      ['api_token', 'INSERT OR UPDATE OF name, role, expires_at, revoked_at OR DELETE OR TRUNCATE'],
    ] as const) {
      await runner.query(`
        CREATE TRIGGER access_changed AFTER ${changes} ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION notify_access_changed()`);
    }
    // For each row: cookies that anybody may make up end none.
    await runner.query(`
      CREATE TRIGGER access_changed AFTER DELETE ON admin_session
        FOR EACH ROW EXECUTE FUNCTION notify_access_changed()`);
  }

  /** Users who are no admins, or are disabled, would be admins for the version before: they are removed. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE secret, admin_session, api_token');
    await runner.query('DROP TRIGGER access_changed ON admin_user');
    await runner.query('DROP FUNCTION notify_access_changed()');
    await runner.query(`DELETE FROM admin_user WHERE role <> 'admin' OR NOT is_active`);
    await runner.query(`
      ALTER TABLE admin_user
        DROP COLUMN username_key,
        DROP COLUMN role,
        DROP COLUMN is_active,
        DROP COLUMN updated_at`);
  }
}

/** Of two names that differ by Unicode only, which nothing has refused so far, the older one gets the key. */
async function fillUsernameKeys(runner: QueryRunner): Promise<void> {
  const users = (await runner.query('SELECT id, username FROM admin_user ORDER BY id')) as {
    id: string;
    username: string;
  }[];
  const taken = new Set<string>();
  for (const { id, username } of users) {
    const key = usernameKey(username);
    if (taken.has(key)) continue;
    taken.add(key);
    await runner.query('UPDATE admin_user SET username_key = $1 WHERE id = $2', [key, id]);
  }
}

/** As it was when this migration was written; later changes of the rule need one of their own. */
const usernameKey = (username: string): string =>
  username
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKC');
