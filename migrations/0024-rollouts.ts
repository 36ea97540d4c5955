import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Rollouts. The rows of rollout_device are the truth: the counters of rollout and rollout_part can be counted from them
 * again. A rollout's row is what admissions and outcomes take their turns at.
 */
export class Rollouts implements MigrationInterface {
  readonly name = 'Rollouts0000000000024';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE rollout (
        id bigserial PRIMARY KEY,
        firmware_id bigint NOT NULL,
        device_type varchar(50) NOT NULL,
        state varchar(30) NOT NULL DEFAULT 'draft',
        target text,
        note varchar(2000),
        ramp varchar(10) NOT NULL,
        phases jsonb NOT NULL DEFAULT '[]',
        max_failure_rate double precision NOT NULL,
        false_alarm_rate double precision NOT NULL,
        silent_after_minutes integer NOT NULL,
        max_at_risk_share double precision NOT NULL,
        attempts_per_device integer NOT NULL,
        starts_at timestamptz,
        windows jsonb NOT NULL DEFAULT '[]',
        time_zone varchar(64),
        needs_approval boolean NOT NULL DEFAULT false,
        allow_downgrade boolean NOT NULL DEFAULT false,
        target_size integer NOT NULL,
        check_interval integer,
        first_window integer NOT NULL,
        shared_addresses inet[] NOT NULL DEFAULT '{}',
        offered integer NOT NULL DEFAULT 0,
        confirmed integer NOT NULL DEFAULT 0,
        bad integer NOT NULL DEFAULT 0,
        released integer NOT NULL DEFAULT 0,
        excused integer NOT NULL DEFAULT 0,
        x_log double precision NOT NULL DEFAULT 0,
        at_once integer NOT NULL,
        phase_index integer NOT NULL DEFAULT 0,
        phase_settled_at timestamptz,
        phase_cap integer NOT NULL,
        is_held boolean NOT NULL DEFAULT false,
        halt jsonb,
        is_changed_since_halt boolean NOT NULL DEFAULT false,
        created_by varchar(100) NOT NULL,
        approved_by varchar(100),
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz,
        updated_at timestamptz NOT NULL DEFAULT now(),
        version integer NOT NULL DEFAULT 1,
        CONSTRAINT ck_rollout_state CHECK (state IN ('draft', 'waiting_for_approval', 'scheduled', 'running', 'paused',
                                                     'halted', 'finished', 'aborted')),
        CONSTRAINT ck_rollout_ramp CHECK (ramp IN ('evidence', 'all', 'phases')),
        CONSTRAINT fk_rollout_firmware FOREIGN KEY (firmware_id) REFERENCES firmware (id) ON DELETE CASCADE
      )`);
    // One firmware is brought out by one rollout at a time.
    await runner.query(`
      CREATE UNIQUE INDEX uq_rollout_open_firmware ON rollout (firmware_id)
       WHERE state NOT IN ('finished', 'aborted')`);
    await runner.query(`
      CREATE TABLE rollout_part (
        rollout_id bigint NOT NULL,
        dimension varchar(20) NOT NULL,
        value varchar(100) NOT NULL,
        rank integer NOT NULL,
        n integer NOT NULL DEFAULT 0,
        k integer NOT NULL DEFAULT 0,
        PRIMARY KEY (rollout_id, dimension, value),
        CONSTRAINT fk_rollout_part_rollout FOREIGN KEY (rollout_id) REFERENCES rollout (id) ON DELETE CASCADE
      )`);
    // No reference to the device: what happened to one that was forgotten still counts.
    await runner.query(`
      CREATE TABLE rollout_device (
        rollout_id bigint NOT NULL,
        device_id bigint NOT NULL,
        seq integer NOT NULL,
        state varchar(10) NOT NULL DEFAULT 'pending',
        hw_revision varchar(64),
        chip_revision varchar(64),
        previous_version varchar(64),
        previous_build integer,
        site varchar(80),
        boot_ids bigint[] NOT NULL DEFAULT '{}',
        attempts integer NOT NULL DEFAULT 0,
        is_unreported boolean NOT NULL DEFAULT false,
        offered_at timestamptz NOT NULL,
        installing_at timestamptz,
        changed_at timestamptz NOT NULL DEFAULT now(),
        error_message text,
        excuse varchar(500),
        PRIMARY KEY (rollout_id, device_id),
        CONSTRAINT ck_rollout_device_state CHECK (state IN ('pending', 'confirmed', 'failed', 'silent', 'released',
                                                            'excused')),
        CONSTRAINT fk_rollout_device_rollout FOREIGN KEY (rollout_id) REFERENCES rollout (id) ON DELETE CASCADE
      )`);
    await runner.query('CREATE INDEX ix_rollout_device_state ON rollout_device (rollout_id, state, seq)');
    await runner.query('CREATE INDEX ix_rollout_device_device ON rollout_device (device_id)');
    await runner.query(`
      CREATE TABLE rollout_pause (
        id bigserial PRIMARY KEY,
        rollout_id bigint,
        from_at timestamptz NOT NULL,
        to_at timestamptz NOT NULL,
        CONSTRAINT fk_rollout_pause_rollout FOREIGN KEY (rollout_id) REFERENCES rollout (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE server_beat (
        is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
        at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE check_in_count (
        begins_at timestamptz NOT NULL,
        rollout_id bigint NOT NULL,
        checks integer NOT NULL,
        PRIMARY KEY (begins_at, rollout_id)
      )`);
    await runner.query(`
      ALTER TABLE device
        ADD COLUMN withheld_reason varchar(40),
        ADD COLUMN last_address inet`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE device DROP COLUMN withheld_reason, DROP COLUMN last_address');
    await runner.query(
      'DROP TABLE check_in_count, server_beat, rollout_pause, rollout_device, rollout_part, rollout',
    );
  }
}
