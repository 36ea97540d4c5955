/** What other features may know of this one; FirmwareModule provides the classes. */
export { FirmwareIntegrity } from './catalog/firmware-integrity.js';
export { FirmwareStore, type StoredFile } from './store/firmware-store.js';
