import type { IncomingMessage } from 'node:http';

/** A server-sent event. */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

/** A part of a stream: an event, or a sign of life. */
export interface StreamPart {
  /** null: a sign of life. */
  readonly event: StreamEvent | null;
  /** Where a client that breaks off after it continues. */
  readonly lastEventId: string;
}

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). Libraries pass over a part that
 * has an id and no data, which is how the server says where a stream is that has nothing to tell.
 */
export class StreamParser {
  private rest = '';

  constructor(private lastEventId = '') {}

  /** @returns the parts that have become complete */
  feed(text: string): StreamPart[] {
    const blocks = (this.rest + text.replaceAll('\r\n', '\n')).split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.map((block) => this.read(block));
  }

  private read(block: string): StreamPart {
    const data: string[] = [];
    let event = 'message';
    for (const line of block.split('\n')) {
      const [, name, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === 'data') data.push(value);
      else if (name === 'event') event = value;
      else if (name === 'id') this.lastEventId = value;
    }
    const found = data.length === 0 ? null : { event, data: data.join('\n') };
    return { event: found, lastEventId: this.lastEventId };
  }
}

/** The parts of a response, until it ends. @throws the error of a connection that breaks */
export async function* partsOf(response: IncomingMessage, lastEventId: string): AsyncGenerator<StreamPart> {
  const parser = new StreamParser(lastEventId);
  response.setEncoding('utf8');
  for await (const text of response) yield* parser.feed(text as string);
}
