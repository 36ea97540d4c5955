import { DomainError } from '../../domain/errors.js';
import { isLinkLocalAddress, literalAddress, mayReceive } from './public-address.js';

/**
 * A URL that messages may be sent to. What its name leads to is looked at each time a message is sent.
 * @throws DomainError WEBHOOK_URL_NOT_ALLOWED
 */
export function requireWebhookUrl(text: string, allowPrivate: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw notAllowed('The URL of a webhook must begin with https:// or http://.');
  }
  if (url.username !== '' || url.password !== '') {
    throw notAllowed('The URL of a webhook must not hold a user name or a password.');
  }
  const address = literalAddress(url);
  if (address !== null && !mayReceive(address, allowPrivate)) {
    const kind = isLinkLocalAddress(address) ? 'link-local' : 'private';
    throw notAllowed(`The URL leads to ${address}, which is a ${kind} address.`);
  }
  url.hash = '';
  return url.href;
}

const notAllowed = (sentence: string): DomainError => new DomainError('WEBHOOK_URL_NOT_ALLOWED', sentence);
