/**
 * Text from a device, as PostgreSQL can keep it: it has no NUL in text, and a device's report must not be refused for
 * one. Each becomes U+FFFD.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
