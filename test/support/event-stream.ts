import { request, type IncomingMessage } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { eventually } from './http-client.js';
import { bearer } from './people.js';

/** An event as it arrived. */
export interface Arrived {
  readonly id: string;
  readonly event: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into it, and fail where it is not so
  readonly data: any;
}

interface Asking {
  readonly token: string;
  readonly lastEventId?: string | undefined;
  /** With its question mark. */
  readonly query?: string;
  /** Reads nothing. */
  readonly isStuck?: boolean;
}

/** A client of the event stream, which remembers where it is as a browser does. */
export class EventReader {
  readonly events: Arrived[] = [];
  lastEventId = '';
  heartbeats = 0;
  /** Resolves when the stream is over, whoever ended it. */
  readonly closed: Promise<void>;

  private constructor(
    readonly response: IncomingMessage,
    isStuck: boolean,
  ) {
    this.closed = new Promise((resolve) => {
      response.once('close', () => {
        resolve();
      });
    });
    response.on('error', () => undefined);
    if (!isStuck) this.read();
  }

  /** @returns when the head of the answer is there */
  static open(
    url: string,
    { token, lastEventId, query = '', isStuck = false }: Asking,
  ): Promise<EventReader> {
    const headers = {
      ...bearer(token),
      ...(lastEventId !== undefined && { 'Last-Event-ID': lastEventId }),
    };
    return new Promise((resolve, reject) => {
      const sent = request(`${url}/api/ota/admin/events${query}`, { headers, agent: false }, (response) => {
        if (response.statusCode === 200) resolve(new EventReader(response, isStuck));
        else reject(new Error(`The stream was answered ${response.statusCode ?? 0}.`));
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  /** Begins to read, for one that was stuck. */
  read(): void {
    const parser = createParser({
      onEvent: (event) => {
        this.take(event);
      },
      onComment: () => (this.heartbeats += 1),
    });
    let rest = '';
    this.response.setEncoding('utf8');
    this.response.on('data', (text: string) => {
      parser.feed(text);
      // The parser tells nothing of an id without data.
      const blocks = (rest + text).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) this.lastEventId = /^id: (\S+)$/m.exec(block)?.[1] ?? this.lastEventId;
    });
  }

  get types(): string[] {
    return this.events.map(({ event, data }) => (data.type as string | undefined) ?? event);
  }

  until(holds: () => boolean): Promise<void> {
    return eventually(async () => {
      await Promise.resolve();
      if (!holds()) throw new Error(`The last ones were ${JSON.stringify(this.events.slice(-20))}.`);
    });
  }

  close(): void {
    this.response.destroy();
  }

  private take({ id = '', event = '', data }: EventSourceMessage): void {
    this.events.push({ id, event, data: JSON.parse(data) as unknown });
  }
}
