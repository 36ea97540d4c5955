import { UsageFailure } from './failure.js';

/**
 * Normalizes the address of a server: no trailing slash, no query.
 * @throws UsageFailure if it is not an http or https URL
 */
export function parseServerUrl(text: string): string {
  if (/^[\w.-]+(:\d+)?(\/|$)/.test(text)) {
    throw new UsageFailure(`"${text}" is not a server address: start it with http:// or https://.`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageFailure(`"${text}" is not a server address.`, [
      'Use a URL such as http://localhost:8000 or https://ota.example.com.',
    ]);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
