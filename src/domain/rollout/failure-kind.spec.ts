import { readFileSync } from 'node:fs';
import { failureKindOf, type FailureKind } from './failure-kind.js';

/** All that the ESP32 component sends as the beginning of an error_message. */
const component = readFileSync('esp32-client/src/ota_result.c', 'utf8');
const texts = [...component.matchAll(/\[OTA_ERR_(\w+)\] = "(.*)"/g)].map(([, name, text]) => [name!, text!]);

const ARTEFACTS = [
  'NOT_AN_IMAGE',
  'WRONG_CHIP',
  'WRONG_PROJECT',
  'SECURE_VERSION',
  'TOO_LARGE',
  'HASH',
  'REFUSED',
];
const KINDS: Readonly<Record<string, FailureKind>> = {
  ...Object.fromEntries([...ARTEFACTS, 'FLASH'].map((name) => [name, 'artefact' as const])),
  ROLLED_BACK: 'after_install',
  DIAGNOSTICS: 'after_install',
};

describe('a failure that the ESP32 component reports', () => {
  it('is one of those that are known here', () => {
    expect(texts.length).toBeGreaterThan(30);
    expect(Object.keys(KINDS).filter((name) => !texts.some(([other]) => other === name))).toEqual([]);
  });

  it.each(texts)('%s: %s', (name, text) => {
    expect(failureKindOf(text, false)).toBe(KINDS[name] ?? 'passing');
  });

  it('is about the firmware exactly where the component takes it for a verdict, and where the flash failed', () => {
    const verdicts = /is_verdict[^}]*?return true/s.exec(component)?.[0].match(/(?<=case OTA_ERR_)\w+/g);
    expect(verdicts?.toSorted()).toEqual(ARTEFACTS.toSorted());
  });
});

describe('a failure that any client reports', () => {
  it.each<[string | null, FailureKind]>([
    ['rolled back; reset reason: panic', 'after_install'],
    ['rolled back; reset reason: power on', 'after_install'],
    ['rolled back; boot partition is not the running one', 'after_install'],
    ['diagnostics failed; reset reason: software', 'after_install'],
    ['Firmware rollback detected', 'after_install'],
    ['simulated: the new image did not start and was rolled back', 'after_install'],
    ['Boot failed after update', 'after_install'],
    ['self-test failed', 'after_install'],
    ['Task watchdog got triggered', 'after_install'],
    ['simulated: the hash of the flash contents differs from the offer', 'artefact'],
    ['SHA256 mismatch', 'artefact'],
    ['Checksum verification failed', 'artefact'],
    ['Invalid signature', 'artefact'],
    ['Image validation failed, image is corrupted', 'artefact'],
    ['ESP_ERR_OTA_VALIDATE_FAILED', 'artefact'],
    ['esp_ota_end failed: ESP_ERR_IMAGE_INVALID', 'artefact'],
    ['invalid firmware', 'artefact'],
    ['image too big for the partition', 'artefact'],
    ['Flash write error at 0x1000', 'artefact'],
    ['incompatible board', 'artefact'],
    ['wrong hardware revision', 'artefact'],
    ['server refused, HTTP status 404', 'passing'],
    ['HTTP error 403: the signature of this URL has expired', 'passing'],
    ['simulated: the connection was lost after 4096 bytes', 'passing'],
    ['timeout', 'passing'],
    ['battery low', 'passing'],
    ['postponed by the user', 'passing'],
    ['ESP_ERR_HTTP_CONNECT', 'passing'],
    ['esp_ota_begin failed: ESP_ERR_OTA_ROLLBACK_INVALID_STATE', 'passing'],
    ['OSError: [Errno 9] Bad file descriptor', 'passing'],
    ['ESP_ERR_NVS_NOT_ENOUGH_SPACE', 'passing'],
    ['что-то пошло не так', 'passing'],
    ['', 'passing'],
    [null, 'passing'],
  ])('%s: %s, and never passing once it has begun to install', (message, kind) => {
    expect(failureKindOf(message, false)).toBe(kind);
    expect(failureKindOf(message, true)).toBe(kind === 'passing' ? 'after_install' : kind);
  });

  it('is read in time however long it is', () => {
    expect(failureKindOf('http '.repeat(400) + 'status', false)).toBe('passing');
  });
});
