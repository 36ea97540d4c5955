import type { VersionCheck } from '../rollouts.service.js';

/** How a version is written in a header, RFC 9110 §8.8.3. */
export const entityTagOf = (version: number): string => `"${version}"`;

/** @param header If-Match, as it came: strong tags, or `*`. Without it every version will do. */
export function readIfMatch(header: string | undefined): VersionCheck {
  if (header === undefined || header.trim() === '*') return () => true;
  const tags = header.split(',').map((tag) => tag.trim());
  return (version) => tags.includes(entityTagOf(version));
}
