import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { StreamParser } from './event-stream.js';

const lines = fc.constantFrom(
  'id: 1-2-3',
  'id:4',
  'event: firmware',
  'event: reset',
  'data: {"a":1}',
  'data:{"b":2}',
  'data:  two spaces',
  ': a comment',
  'other: x',
  '',
  '',
);
const streams = fc.array(lines, { maxLength: 40 }).map((all) => `${all.join('\n')}\n\n`);

describe('a stream of events', () => {
  it('is read as the library reads it, however it is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(60), { maxLength: 10 }), (text, cuts) => {
        const expected: EventSourceMessage[] = [];
        createParser({ onEvent: (event) => expected.push(event) }).feed(text);
        const parser = new StreamParser();
        const found = [];
        let rest = text;
        for (const cut of cuts) {
          found.push(...parser.feed(rest.slice(0, cut)));
          rest = rest.slice(cut);
        }
        found.push(...parser.feed(rest));
        const events = found.flatMap(({ event }) => (event ? [event] : []));
        expect(events).toEqual(expected.map(({ event, data }) => ({ event: event ?? 'message', data })));
      }),
    );
  });

  it('says where it is also when nothing happens', () => {
    const parser = new StreamParser('1-0-5');
    expect(parser.feed(': heartbeat\n')).toEqual([]);
    expect(parser.feed('id: 2-0-6\n\n: only this\n\n')).toEqual([
      { event: null, lastEventId: '2-0-6' },
      { event: null, lastEventId: '2-0-6' },
    ]);
  });
});
