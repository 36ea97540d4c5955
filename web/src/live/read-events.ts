import { createParser } from 'eventsource-parser';
import { send } from '../api/client';

/** What an event of the server says: docs/events.md. */
export interface LiveEvent {
  readonly type: string;
  readonly timestamp: string;
  /** The kind and the id, such as `rollout:12`. */
  readonly entity: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventReader {
  /** Called when the server has answered: what happens from now on is told. */
  readonly onOpen: () => void;
  readonly onEvent: (event: LiveEvent) => void;
  /** Called when events may have been missed. */
  readonly onGap: () => void;
  /** Called when the server says that nothing has happened since, up to the place that was told last. */
  readonly onBeat: () => void;
}

const HEARTBEAT = /^: heartbeat\nid: (.+)$/;
/** No heartbeat for so long: the connection is dead, though nothing said so. They come every 15 seconds. */
const SILENCE_MS = 40_000;

/**
 * Reads the stream of events until it ends. EventSource cannot send a token, so it is read as any other answer.
 * @param after the place up to which everything was seen; null: from now on
 * @param onPlace is told the place up to which everything is seen, with each event and each heartbeat
 * @throws Error when it breaks off or is refused
 */
export async function readEvents(
  after: string | null,
  reader: EventReader,
  onPlace: (id: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  heard();
  try {
    const request = new Request('/api/ota/admin/events', {
      headers: { Accept: 'text/event-stream', ...(after !== null && { 'Last-Event-ID': after }) },
      signal: AbortSignal.any([signal, silence.signal]),
      cache: 'no-store',
    });
    const response = await send(request);
    if (!response.ok || !response.body) throw new Error(`The server answered ${response.status}.`);
    reader.onOpen();
    const parser = createParser({
      onEvent: ({ event, data, id }) => {
        if (id !== undefined) onPlace(id);
        if (event === 'reset') reader.onGap();
        else reader.onEvent(JSON.parse(data) as LiveEvent);
      },
    });
    const decoder = new TextDecoder();
    const chunks = response.body.getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await chunks.read();
      if (done) return;
      heard();
      const frames = (rest + decoder.decode(value, { stream: true })).split('\n\n');
      rest = frames.pop() ?? '';
      for (const frame of frames) {
        // The parser tells no id without an event: that of a heartbeat would be lost.
        const [, id] = HEARTBEAT.exec(frame) ?? [];
        if (id === undefined) {
          parser.feed(`${frame}\n\n`);
        } else {
          onPlace(id);
          reader.onBeat();
        }
      }
    }
  } finally {
    clearTimeout(timer);
  }
}
