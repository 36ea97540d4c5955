/** What may stand in a place: a path, the id of a firmware, or one of some words. */
export type Values =
  | { readonly kind: 'file' }
  | { readonly kind: 'id' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] };

export interface Flag {
  readonly name: string;
  readonly description: string;
  /** null: it takes no value. */
  readonly value: Values | null;
}

export interface Word {
  readonly name: string;
  readonly summary: string;
  /** Of its arguments; null: it takes none. */
  readonly value: Values | null;
  readonly flags: readonly Flag[];
}

/** What the scripts of all shells are made of. */
export interface Grammar {
  readonly words: readonly Word[];
  /** Flags that may stand in front of a command, too. */
  readonly shared: readonly Flag[];
}

/** What prints `<id> TAB <what it is>` for each firmware; silent when the server cannot be asked. */
export const IDS = 'ota completion-ids 2>/dev/null';

/** A word of a POSIX shell that is taken as it stands. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export const namesOf = (words: readonly { readonly name: string }[]): string[] =>
  words.map(({ name }) => name);
