const MAX_LENGTH = 255;
/** Control, format (which hides or turns text around), surrogate and private characters; other line breaks. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;
const SEPARATOR = /[/\\]/;

/** Whether a text is the name of one file, without a folder, and shows what it is. Quotes are allowed. */
export function isPlainFilename(name: string): boolean {
  const isWithin = name.length >= 1 && name.length <= MAX_LENGTH;
  return (
    isWithin && !UNSEEN.test(name) && !SEPARATOR.test(name) && name.trim() !== '' && !/^\.{1,2}$/.test(name)
  );
}
