/** What other features may know of this one; ReleasesModule provides the classes. */
export type { RunningFirmware } from './decision-cache.js';
export { OfferRecords } from './offer-records.js';
export { OpenRollouts } from './open-rollouts.js';
export { ReleaseCatalog } from './release-catalog.js';
export { ReleaseMarks } from './release-marks.js';
export type { FirmwareName, FirmwareStanding } from './release.repository.js';
export type { DownloadableFile, Image, Release } from './release.js';
export { PersonalPlans } from './personal-plans.js';
