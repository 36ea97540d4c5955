/**
 * What a report of a failure is about.
 * - `after_install`: the device ran the firmware, or tried to, and did not keep it.
 * - `artefact`: the firmware itself is not what this device can take; it was not installed.
 * - `passing`: the network, the battery, the moment. The device tries again, and says nothing of the firmware.
 */
export type FailureKind = 'after_install' | 'artefact' | 'passing';

/**
 * Words of the ESP32 component, of ESP-IDF's names of errors, and what other clients usually write. A name such as
 * ESP_ERR_OTA_ROLLBACK_INVALID_STATE is one word, so it is no rollback: a device says it before it downloads.
 */
const ARTEFACT = [
  /\b(hash|checksum|sha-?256|crc)\b/,
  /\bsignature\b/,
  /\b(failed verification|verification failed|validat(e|ion) failed|failed validation)\b/,
  /\b(no application|not an?( valid)?( app(lication)?)?|invalid|bad|wrong|corrupt(ed)?) (image|binary|firmware)\b/,
  /\b(another|wrong|different|unsupported) (chip|project|board|hardware|target)\b/,
  /\bincompatible\b/,
  /\bsecure version\b/,
  /\b(does not|doesn't) fit\b|\btoo (large|big)\b/,
  /\bflash (failed|write|error|erase)\b|\b(write|writing) (to )?flash\b/,
  /\besp_err_(ota_validate_failed|image_invalid|image_flash_fail|ota_small_sec_ver|flash_op_fail|invalid_crc)\b/,
];
/** What the server refused says nothing of the firmware, though the signature of a URL may have expired. */
const OF_THE_SERVER = /\b(http|status)\b.{0,20}\b[45]\d\d\b/;
const AFTER_INSTALL = [
  /\b(rolled|rolling) back\b|\brollback\b/,
  /\bdiagnostics? failed\b|\bself[- ]test failed\b/,
  /\b(did not|does not|failed to|cannot) (start|boot)\b|\bboot (failed|failure)\b|\bboot loop\b/,
  /\b(panic|watchdog)\b/,
];

/**
 * Reads a report of a failure. Before a device has begun to install, unknown words are taken as passing: nothing has
 * happened to the device, a device that goes on failing is released, and a failure too few never halts a good rollout.
 * Once it has begun, every failure counts: the connection of a device that still runs the previous version is not the
 * point.
 * @param message `error_message` of the report
 * @param hasBegunToInstall it has reported `installing` of this firmware in this rollout
 */
export function failureKindOf(message: string | null, hasBegunToInstall: boolean): FailureKind {
  const text = (message ?? '').toLowerCase();
  if (AFTER_INSTALL.some((words) => words.test(text))) return 'after_install';
  if (!OF_THE_SERVER.test(text) && ARTEFACT.some((words) => words.test(text))) return 'artefact';
  return hasBegunToInstall ? 'after_install' : 'passing';
}
