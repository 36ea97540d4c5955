/** A database as the original system leaves it: its own tables and its Alembic's, in the words of PostgreSQL. */
export const ORIGINAL_SYSTEM = `
  CREATE TABLE alembic_version (version_num varchar(32) NOT NULL, PRIMARY KEY (version_num));
  INSERT INTO alembic_version VALUES ('0004_firmware_ota');

  CREATE TABLE tenant (id serial PRIMARY KEY, name varchar(100) NOT NULL, created_at timestamp NOT NULL);
  CREATE INDEX ix_tenant_name ON tenant (name);
  INSERT INTO tenant (name, created_at) VALUES ('Bäckerei', '2024-01-01 10:00:00'), ('Dairy', '2024-01-02 10:00:00');

  CREATE TABLE firmware (
    id SERIAL NOT NULL,
    device_type VARCHAR(50) NOT NULL,
    version VARCHAR(20) NOT NULL,
    build_number INTEGER NOT NULL,
    filename VARCHAR(255) NOT NULL,
    file_size INTEGER NOT NULL,
    file_hash VARCHAR(64) NOT NULL,
    binary_path VARCHAR(500) NOT NULL,
    description TEXT,
    release_notes TEXT,
    is_stable BOOLEAN DEFAULT false NOT NULL,
    is_active BOOLEAN DEFAULT true NOT NULL,
    min_current_version VARCHAR(20),
    created_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    released_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id)
  );
  CREATE INDEX ix_firmware_device_type ON firmware (device_type);
  CREATE UNIQUE INDEX ix_firmware_filename ON firmware (filename);

  CREATE TABLE device_ota_log (
    id SERIAL NOT NULL,
    device_id INTEGER NOT NULL,
    firmware_id INTEGER NOT NULL,
    status VARCHAR(20) NOT NULL,
    error_message TEXT,
    bytes_downloaded INTEGER DEFAULT 0 NOT NULL,
    download_started_at TIMESTAMP WITHOUT TIME ZONE,
    download_completed_at TIMESTAMP WITHOUT TIME ZONE,
    installed_at TIMESTAMP WITHOUT TIME ZONE,
    created_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    updated_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(firmware_id) REFERENCES firmware (id)
  );
  CREATE INDEX ix_device_ota_log_device_id ON device_ota_log (device_id);
  CREATE INDEX ix_device_ota_log_firmware_id ON device_ota_log (firmware_id);

  INSERT INTO firmware (device_type, version, build_number, filename, file_size, file_hash, binary_path, description,
                        release_notes, is_stable, is_active, min_current_version, created_at, updated_at, released_at)
  VALUES
    ('sensor', '1.0.0', 1, 'sensor-1.0.0.bin', 1000, repeat('AB', 32), '/sensor/v1.0.0.bin', NULL,
     NULL, true, true, NULL, '2024-03-10 02:30:00.123456', '2024-03-11 00:00:00', '2024-03-12 12:00:00'),
    ('sensor', '1.0.0', 2, 'deleted.bin', 1, '', '', NULL, NULL, false, true, NULL, '2024-01-01', '2024-01-01', NULL),
    ('sensor', '1.10.0-rc.1', 1, 'sensor-1.10.0-rc.1.bin', 2147483647, repeat('0c', 32), 'sensor/v1.10.0-rc.1.bin',
     'Größer', 'Notes', false, true, '1.0.0', '2024-11-03 01:30:00', '2024-11-03 01:30:00', NULL),
    ('scale', 'v2', 7, 'scale.bin', 3000, repeat('Ff', 32), 'scale/vv2.bin', NULL,
     NULL, true, false, NULL, '2024-05-01 00:00:00', '2024-05-01 00:00:00', NULL);
  DELETE FROM firmware WHERE filename = 'deleted.bin';

  INSERT INTO device_ota_log (device_id, firmware_id, status, error_message, bytes_downloaded, download_started_at,
                              download_completed_at, installed_at, created_at, updated_at)
  VALUES
    (7, 4, 'failed', 'Out of memory', 10, NULL, NULL, NULL, '2024-06-01 08:00:00', '2024-06-01 08:00:05'),
    (7, 1, 'installed', NULL, 1000, '2024-06-02 08:00:00', '2024-06-02 08:01:00', '2024-06-02 08:02:00',
     '2024-06-02 07:59:00', '2024-06-02 08:02:00'),
    (2147483647, 3, 'downloading', NULL, 0, '2024-07-01 00:00:00', NULL, NULL,
     '2024-07-01 00:00:00', '2024-07-01 00:00:00');
`;
