/** What other features may know of this one; FirmwareModule provides the classes. */
export { ReleaseCatalog } from './catalog/release-catalog.js';
export type { DownloadableFile, Release } from './catalog/release.js';
export { FileIntegrity, type RegisteredFile } from './integrity/file-integrity.js';
export { FirmwareStore, type StoredFile } from './store/firmware-store.js';
