import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Request, Response } from 'express';
import {
  currentRequestId,
  followRequest,
  requestContext,
  requestIdOf,
  withRequestId,
} from './request-context.js';

/** Handles a request that waits, and then says which id log lines would carry. */
function handle(id: string): { response: EventEmitter; seen: Promise<string | undefined> } {
  const response = Object.assign(new EventEmitter(), { setHeader: () => undefined, socket: {} });
  const request = { headers: { 'x-request-id': id } };
  const seen = new Promise<string | undefined>((resolve) => {
    requestContext(request as unknown as Request, response as unknown as Response, () => {
      void sleep(1).then(() => {
        resolve(currentRequestId());
      });
    });
  });
  return { response, seen };
}

describe('the id of a request', () => {
  it('is found by what it waits for, also when another has ended meanwhile', async () => {
    const [one, other] = [handle('one'), handle('other')];
    expect(await one.seen).toBe('one');
    one.response.emit('close');
    expect(await other.seen).toBe('other');
    other.response.emit('close');
    const next = handle('next');
    expect(await next.seen).toBe('next');
    next.response.emit('close');
    expect(currentRequestId()).toBeUndefined();
  });

  it('is found by a handler whose client went away', async () => {
    const { response, seen } = handle('left');
    response.emit('close');
    expect(await seen).toBe('left');
  });

  it('is found by work that waits, when it is followed, and not after', async () => {
    const work = () => sleep(1).then(currentRequestId);
    expect(await withRequestId('lost', work)).toBeUndefined();
    expect(await withRequestId('found', () => followRequest(work))).toBe('found');
    expect(await followRequest(work)).toBeUndefined();
  });

  it('is found by what runs at once, and not after', () => {
    expect(withRequestId('here', currentRequestId)).toBe('here');
    expect(() =>
      withRequestId('here', () => {
        throw new Error('failed');
      }),
    ).toThrow('failed');
    expect(currentRequestId()).toBeUndefined();
  });

  it.each([
    ['as it came', 'a.b-c_1', true],
    ['new when it is not well-formed', 'a b', false],
    ['new when it is too long', 'a'.repeat(65), false],
    ['new when there is none', undefined, false],
  ])('is %s', (_, given, isKept) => {
    const id = () => requestIdOf({ headers: { 'x-request-id': given } } as unknown as IncomingMessage);
    expect(id()).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    if (isKept) expect(id()).toBe(given);
    else expect(id()).not.toBe(id());
  });
});
