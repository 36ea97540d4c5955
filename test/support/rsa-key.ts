import { generateKeyPairSync } from 'node:crypto';

/** Of the size that Secure Boot v2 takes; made once for all specs that sign with RSA, since that takes half a second. */
export const rsaKey = generateKeyPairSync('rsa', { modulusLength: 3072 });
