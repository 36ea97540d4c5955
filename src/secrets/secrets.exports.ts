/** What features may know of the shared secrets; SecretsModule provides the class. */
export { SecretRepository } from './secret.repository.js';
