/** What features may know of the shared secrets; SecretsModule provides the class. */
export { SecretRepository, type KeyChanges, type KeysNow } from './secret.repository.js';
export { DownloadSecretDiffers } from './download-secret-check.js';
