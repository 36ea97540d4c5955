import type { QueryClient } from '@tanstack/react-query';
import type { Resource } from '../api/query-client';
import { follow, onLiveEvent } from './live';

/** What an event of a kind may have changed. */
const CHANGES: Readonly<Record<string, readonly Resource[]>> = {
  firmware: ['firmware', 'devices', 'rollouts'],
  rollout: ['rollouts', 'devices'],
  device: ['devices', 'groups'],
  attempt: ['attempts', 'devices', 'rollouts'],
  server: ['server'],
  audit: ['audit'],
};
/** Many events that come together are one reason to look, and the server is not asked more often than this. */
const SPAN_MS = 1_000;
/**
 * These the server counts once in a while, the less often the more there are: what it says after the last event may be of
 * before. It is asked again, each time so long after.
 */
const COUNTED: readonly Resource[] = ['devices', 'groups'];
const AGAIN_MS = [1_500, 4_500, 18_000] as const;

/**
 * Reads again what is on the page when the server says that it has changed; what it shows stays until the new is there.
 * @returns what ends it
 */
export function keepFresh(client: QueryClient): () => void {
  const changed = new Set<Resource>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  let lookedAt = -Infinity;
  const look = (): void => {
    timer = undefined;
    lookedAt = performance.now();
    for (const resource of changed) {
      // What is being read just now may have been read before it changed: it is read once more after that.
      const isRead = client.isFetching({ queryKey: [resource] }) > 0;
      void client.invalidateQueries({ queryKey: [resource] }, { cancelRefetch: false });
      if (!isRead) changed.delete(resource);
    }
    if (changed.size > 0) timer = setTimeout(look, SPAN_MS);
  };
  const lookSoon = (resources: readonly Resource[]): void => {
    for (const resource of resources) changed.add(resource);
    timer ??= setTimeout(look, Math.max(50, lookedAt + SPAN_MS - performance.now()));
  };
  const lookAgain = (times = 0): void => {
    clearTimeout(again);
    const pause = AGAIN_MS[times];
    if (pause === undefined) return;
    again = setTimeout(() => {
      lookSoon(COUNTED);
      lookAgain(times + 1);
    }, pause);
  };
  const stopListening = onLiveEvent((event) => {
    if (event === null) {
      void client.invalidateQueries();
      return;
    }
    const kind = event.type.slice(0, event.type.indexOf('.'));
    const resources = CHANGES[kind] ?? [];
    lookSoon(resources);
    if (resources.some((resource) => COUNTED.includes(resource))) lookAgain();
  });
  const unfollow = follow();
  return () => {
    clearTimeout(timer);
    clearTimeout(again);
    stopListening();
    unfollow();
  };
}
