/** What other features may know of this one; FirmwareModule provides the classes. */
export { ReleaseCatalog } from './catalog/release-catalog.js';
export type { DownloadableFile, Release } from './catalog/release.js';
