/** A text that was printed, stored or shown while the tests ran. */
interface Text {
  readonly kind: 'log' | 'metrics' | 'audit' | 'answer' | 'command line';
  readonly read: () => string;
}

/** What the section on hygiene looks through in the end, and what must not be found there. */
class Evidence {
  readonly texts: Text[] = [];
  /** By what they are: passwords, keys and tokens that the servers of this run were given or handed out. */
  readonly secrets = new Map<string, string>();

  add(kind: Text['kind'], text: string | (() => string)): void {
    this.texts.push({ kind, read: typeof text === 'string' ? () => text : text });
  }
}

export const evidence = new Evidence();
