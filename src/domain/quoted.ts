/** A name as anybody may have chosen it, on one line of a log and without what a terminal would act on. */
export function quoted(name: string): string {
  return JSON.stringify(name).replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
