/** Control characters other than tab and line breaks, and halves of characters. PostgreSQL cannot keep NUL. */
const UNWANTED = /(?![\t\n\r])[\p{Cc}\p{Cs}]/u;

/** Whether a text is whole Unicode without control characters, as people write descriptions. */
export function isPlainText(text: string): boolean {
  return !UNWANTED.test(text);
}

/** Control characters, line breaks, halves of characters and what no font shows. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Whether a text may be a name: one line of visible characters, without spaces around it. */
export function isOneLine(text: string): boolean {
  return !UNSEEN.test(text) && text === text.trim();
}
