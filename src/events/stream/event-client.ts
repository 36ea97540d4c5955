import type { ServerResponse } from 'node:http';
import { comparePlaces, type EventPlace } from '../../domain/event-place.js';
import type { EventKind } from '../../domain/event-types.js';
import { heartbeat, reset, type Frame } from './frame.js';

/** Bytes of events that may wait for a client, about, when more come. */
const MAX_WAITING = 2 * 1024 * 1024;
/** Written at once. */
const CHUNK = 64 * 1024;

/**
 * One open stream. What its client does not read waits up to a bound; beyond it all of that is dropped, and when the client
 * reads again it is told to read its lists again.
 */
export class EventClient {
  private waiting: Frame[] = [];
  private waitingBytes = 0;
  /** Up to where everything is sent or waits. */
  private upTo: EventPlace;
  private isBehind = false;
  /** Nothing is written before what was missed has been read. */
  private isCatchingUp = true;
  private writtenAt: number;

  /**
   * @param sees whether its principal may see a kind, and has asked for it
   * @param after it has seen everything up to here
   */
  constructor(
    private readonly response: ServerResponse,
    private readonly sees: (kind: EventKind) => boolean,
    private readonly after: EventPlace,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.upTo = after;
    this.writtenAt = now();
    response.on('drain', () => {
      this.flush();
    });
  }

  /** Milliseconds since anything could be written. */
  get silentMs(): number {
    return this.now() - this.writtenAt;
  }

  /** To be called once. @param missed what came before the events that it has been told of; null: too much to be told */
  begin(missed: readonly Frame[] | null, upTo: EventPlace, reason: string): void {
    if (comparePlaces(upTo, this.upTo) > 0) this.upTo = upTo;
    if (missed === null) this.write(reset(upTo, new Date(), reason));
    else {
      const later = this.waiting;
      this.clear();
      this.keep(missed);
      this.waiting.push(...later);
      this.waitingBytes += bytesOf(later);
    }
    this.isCatchingUp = false;
    this.flush();
    // Says where the client is, and that it has all that it missed.
    this.beat();
  }

  add(frames: readonly Frame[], upTo: EventPlace): void {
    if (comparePlaces(upTo, this.upTo) > 0) this.upTo = upTo;
    if (!this.isBehind) this.keep(frames);
    this.flush();
  }

  /** Events were left out up to here. */
  skip(upTo: EventPlace): void {
    this.upTo = upTo;
    this.fallBehind();
    this.flush();
  }

  beat(): void {
    if (this.isCatchingUp || this.isBehind || this.waiting.length > 0 || this.response.writableNeedDrain)
      return;
    this.write(heartbeat(this.upTo, new Date()));
  }

  private keep(frames: readonly Frame[]): void {
    // A client may have seen on another server what this one has yet to read.
    if (this.waitingBytes > MAX_WAITING) {
      this.fallBehind();
      return;
    }
    const wanted = frames.filter((frame) => this.sees(frame.kind) && comparePlaces(frame, this.after) > 0);
    this.waiting.push(...wanted);
    this.waitingBytes += bytesOf(wanted);
  }

  private fallBehind(): void {
    this.isBehind = true;
    this.clear();
  }

  private clear(): void {
    this.waiting = [];
    this.waitingBytes = 0;
  }

  private flush(): void {
    if (this.isCatchingUp) return;
    while (!this.response.writableNeedDrain && !this.response.destroyed) {
      if (this.isBehind) {
        this.isBehind = false;
        this.write(reset(this.upTo, new Date(), 'The stream was read too slowly.'));
      }
      const chunk = this.takeChunk();
      if (chunk === '') return;
      this.write(chunk);
    }
  }

  private takeChunk(): string {
    let text = '';
    let taken = 0;
    for (const frame of this.waiting) {
      if (text.length >= CHUNK) break;
      text += frame.text;
      taken += 1;
    }
    this.waitingBytes -= bytesOf(this.waiting.splice(0, taken));
    return text;
  }

  private write(text: string): void {
    this.writtenAt = this.now();
    this.response.write(text);
  }
}

/** Nearly all of it is ASCII. */
const bytesOf = (frames: readonly Frame[]): number => frames.reduce((sum, { text }) => sum + text.length, 0);
