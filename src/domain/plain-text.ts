/** Control characters other than tab and line breaks, and halves of characters. PostgreSQL cannot keep NUL. */
const UNWANTED = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;

/** Whether a text is whole Unicode without control characters, as people write descriptions. */
export function isPlainText(text: string): boolean {
  return !UNWANTED.test(text);
}
