import { useSyncExternalStore } from 'react';
import { readEvents, type LiveEvent } from './read-events';

/**
 * What happens on the server, as it happens, over one stream for all tabs of a browser: HTTP/1.1 has six connections for an
 * address, and a stream keeps one. The tab that holds the lock reads it and tells the others; when it is closed, the next
 * one takes over where it was.
 */

export type LiveState = 'connecting' | 'live' | 'reconnecting';

type Message =
  | { readonly about: 'event'; readonly event: LiveEvent; readonly place: string | null }
  | { readonly about: 'gap' }
  | { readonly about: 'state'; readonly state: LiveState; readonly place: string | null }
  | { readonly about: 'who' };

/** Between two tries, and the most of it. */
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 4_000;

let state: LiveState = 'connecting';
let place: string | null = null;
const watchers = new Set<() => void>();
const listeners = new Set<(event: LiveEvent | null) => void>();

/** @param listener is told of each event; null: some may have been missed. @returns what stops it */
export function onLiveEvent(listener: (event: LiveEvent | null) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the page shows what is: for the dot beside "Live". */
export const useLiveState = (): LiveState => useSyncExternalStore(watch, () => state);

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function become(next: LiveState): void {
  if (state === next) return;
  state = next;
  for (const watcher of watchers) watcher();
}

function tell(event: LiveEvent | null): void {
  for (const listener of listeners) listener(event);
}

/** Begins to follow, in this tab or through another one. @returns what ends it */
export function follow(): () => void {
  const end = new AbortController();
  const tabs = new BroadcastChannel('live');
  let leads = false;
  tabs.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.about === 'who') {
      if (leads) tabs.postMessage({ about: 'state', state, place } satisfies Message);
    } else if (!leads) hear(data);
  };
  const lead = async (): Promise<void> => {
    leads = true;
    await keepReading(tabs, end.signal);
  };
  tabs.postMessage({ about: 'who' } satisfies Message);
  const leading =
    'locks' in navigator ? navigator.locks.request('live', { signal: end.signal }, lead) : lead();
  void leading.catch(() => undefined);
  return () => {
    end.abort();
    tabs.close();
    state = 'connecting';
    place = null;
  };
}

/** What the tab that leads says. */
function hear(message: Message): void {
  if (message.about === 'event') {
    place = message.place;
    become('live');
    tell(message.event);
  } else if (message.about === 'gap') tell(null);
  else if (message.about === 'state') {
    place = message.place;
    become(message.state);
  }
}

async function keepReading(tabs: BroadcastChannel, signal: AbortSignal): Promise<void> {
  const say = (message: Message): void => {
    if (!signal.aborted) tabs.postMessage(message);
  };
  let pause = PAUSE_MS;
  const reader = {
    onOpen: () => {
      pause = PAUSE_MS;
      // It broke off, or another tab was closed, before there was a place to go on from.
      if (state !== 'connecting' && place === null) {
        tell(null);
        say({ about: 'gap' });
      }
      become('live');
      say({ about: 'state', state, place });
    },
    onEvent: (event: LiveEvent) => {
      tell(event);
      say({ about: 'event', event, place });
    },
    onGap: () => {
      tell(null);
      say({ about: 'gap' });
    },
    onBeat: () => {
      say({ about: 'state', state, place });
    },
  };
  const remember = (id: string): void => {
    place = id;
  };
  const isOver = (): boolean => signal.aborted;
  while (!isOver()) {
    await readEvents(place, reader, remember, signal).catch(() => undefined);
    if (isOver()) return;
    become('reconnecting');
    say({ about: 'state', state, place });
    await new Promise((resolve) => setTimeout(resolve, pause * (0.75 + Math.random() / 2)));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  }
}
