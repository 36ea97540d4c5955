/** A filter as it stands on the command line, where a shell has cut it into words. */
export const filterOf = (words: unknown): string => (words as readonly string[]).join(' ').trim();
