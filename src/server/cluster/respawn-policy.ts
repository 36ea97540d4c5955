const FIRST_DELAY_MS = 200;
const LAST_DELAY_MS = 10_000;
const LASTING_MS = 1_000;
const MOST_FUTILE_STARTS = 5;

/** The end of a worker that nobody asked to end. */
export interface Death {
  /** Milliseconds for which it served; 0 when it never began. */
  readonly servedMs: number;
  /** The reason passes by itself, such as a database that is away. */
  readonly isPassing: boolean;
}

export type Respawn = { readonly kind: 'start'; readonly delayMs: number } | { readonly kind: 'give-up' };

/**
 * When to replace a worker that died: at once, unless those before it died as soon as they started.
 * @param deaths of all workers since the server started, the latest last
 */
export function respawnAfter(deaths: readonly Death[]): Respawn {
  const lastingAt = deaths.findLastIndex(({ servedMs }) => servedMs >= LASTING_MS);
  const futile = deaths.slice(lastingAt + 1);
  if (futile.filter(({ isPassing }) => !isPassing).length > MOST_FUTILE_STARTS) return { kind: 'give-up' };
  const delayMs =
    futile.length === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (futile.length - 1), LAST_DELAY_MS);
  return { kind: 'start', delayMs };
}
