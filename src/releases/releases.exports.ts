/** What other features may know of this one; ReleasesModule provides the class. */
export { ReleaseCatalog } from './release-catalog.js';
export type { DownloadableFile, Release } from './release.js';
