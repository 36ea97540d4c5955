/** What other features may know of this one; FirmwareModule provides the classes. */
export { FirmwareIntegrity } from './catalog/firmware-integrity.js';
export { ReleaseCatalog } from './catalog/release-catalog.js';
export type { DownloadableFile, Release } from './catalog/release.js';
export { FirmwareStore, type StoredFile } from './store/firmware-store.js';
