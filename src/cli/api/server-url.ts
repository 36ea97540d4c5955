import { UsageFailure } from './failure.js';

/**
 * The address of a server as its one spelling: no slash at the end, no query.
 * @throws UsageFailure for what is no http or https URL
 */
export function parseServerUrl(text: string): string {
  if (/^[\w.-]+(:\d+)?(\/|$)/.test(text)) {
    throw new UsageFailure(`"${text}" is no address of a server: write http:// or https:// before it.`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageFailure(`"${text}" is no address of a server.`, [
      'It looks like http://localhost:8000 or https://ota.example.com.',
    ]);
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}
