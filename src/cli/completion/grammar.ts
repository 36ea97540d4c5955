/** The possible values in one position: a path, the id of a firmware, or one of several words. */
export type Values =
  | { readonly kind: 'file' }
  | { readonly kind: 'id' }
  | { readonly kind: 'choices'; readonly choices: readonly string[] };

export interface Flag {
  readonly name: string;
  readonly description: string;
  /** null: the flag takes no value. */
  readonly value: Values | null;
}

/** A command, or one of a group. */
export interface Word {
  /** `login`, or with its group: `user list`. */
  readonly name: string;
  readonly summary: string;
  /** The values of its argument, or the commands of a group; null: it takes none. */
  readonly value: Values | null;
  readonly flags: readonly Flag[];
}

/** The commands and flags from which the scripts of all shells are generated. */
export interface Grammar {
  readonly words: readonly Word[];
  /** Flags that are also allowed before a command. */
  readonly shared: readonly Flag[];
}

/** Prints `<id> TAB <description>` for each firmware; prints nothing if the server cannot be reached. */
export const IDS = 'ota completion-ids 2>/dev/null';

/** Quotes a word literally for a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Those that are written first. */
export const firstWords = (words: readonly Word[]): readonly Word[] =>
  words.filter(({ name }) => !name.includes(' '));

/** The commands that are known, as alternatives of a shell's case. */
export const alternatives = (words: readonly Word[]): string => namesOf(words).map(quoted).join('|');

export const namesOf = (words: readonly { readonly name: string }[]): string[] =>
  words.map(({ name }) => name);
