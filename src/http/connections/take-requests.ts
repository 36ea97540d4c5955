import type { RequestListener, Server } from 'node:http';
import type { AccessLog } from '../access-log.js';
import type { DeviceLane } from '../device-lane/device-lane.js';
import { takeOddRequests } from '../internals/node-server.js';
import { answerClientErrors } from './client-errors.js';
import { ConnectionTurns } from './connection-turns.js';

/** Puts turns, and the device lane if it is on, in front of Express. */
export function takeRequests(server: Server, lane: DeviceLane | null, log: AccessLog): void {
  const express = server.listeners('request')[0] as RequestListener;
  const turns = lane
    ? new ConnectionTurns(lane.ahead(express), lane.holdsNothing)
    : new ConnectionTurns(express, () => false);
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    turns.take(request, response);
  });
  // Without a listener Node answers an expectation that it does not know with an empty 417; to ignore it is as right
  // (RFC 9110 §10.1.1).
  server.on('checkExpectation', (request, response) => {
    turns.take(request, response);
  });
  takeOddRequests(server);
  answerClientErrors(server, log);
}
