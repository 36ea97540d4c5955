import type { RequestListener, Server } from 'node:http';
import type { AccessLog } from '../access-log.js';
import type { DeviceLane } from '../device-lane/device-lane.js';
import { answerClientErrors } from './client-errors.js';
import { ConnectionTurns } from './connection-turns.js';

/** What Node's server has and its types do not tell. */
interface ServerSwitches {
  /** Whether a client that has sent all that it will send still gets its answers. */
  httpAllowHalfOpen: boolean;
  /** Whether Node refuses a request without Host, with an empty 400. */
  requireHostHeader: boolean;
}

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
  const switches = server as Server & ServerSwitches;
  switches.httpAllowHalfOpen = true;
  switches.requireHostHeader = false;
  answerClientErrors(server, log);
}
