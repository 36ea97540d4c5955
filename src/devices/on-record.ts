import { storableText } from '../domain/storable-text.js';
import type { NewEvent } from '../events/events.exports.js';
import type { RunningVersion } from './record/device-sighting.repository.js';
import type { DeviceSighting } from './record/sightings.js';

/** Of devices that are new, or run something else than before, by the names that the API has for it. */
export function sightingEvents(
  sightings: readonly DeviceSighting[],
  before: ReadonlyMap<number, RunningVersion>,
): NewEvent[] {
  return sightings.flatMap((sighting) => {
    const { deviceId, deviceType, build } = sighting;
    const version = storableText(sighting.version);
    const known = before.get(deviceId);
    if (known?.version === version && known.build === build) return [];
    return {
      type: known ? 'device.version_changed' : 'device.new',
      entity: `device:${deviceId}`,
      data: { device_id: deviceId, device_type: deviceType, version, build_number: build },
    };
  });
}
