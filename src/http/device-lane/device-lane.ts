import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config/app-config.js';
import { arrivalOf, type Arrival } from '../access-log.js';
import { inTurn } from '../connections/connection-turns.js';
import { ControllerRoutes } from '../internals/controller-routes.js';
import { SerializedJson } from '../serialized-json.js';
import { bodyTimeout, dropLateBody } from '../request-body.js';
import { endInOneWrite } from '../end-in-one-write.js';
import { requestIdOf, withRequestId } from '../request-context.js';
import { RequestPolicies } from '../request-policies.js';
import { sendProblem } from '../send-problem.js';
import { DEVICE_ROUTE } from './device-route.js';
import { laneRouteOf, type Exchange, type LaneRoute } from './lane-route.js';
import { hasPlainBody, putBack, readFirst } from './read-body.js';
import { StalledBodies } from './stalled-bodies.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const NO_BODY = {};
/** Nothing in it that a path would have to be decoded for. */
const PLAIN_PARAM = /^\w+$/;

/**
 * Answers what devices ask all day straight from node:http, ahead of Express, which costs eight times as much. It takes
 * only what is plainly right; everything else goes on to Express as it came, so that there is one set of rules and of
 * refusals. docs/decisions/0007-device-lane.md
 */
@Injectable()
export class DeviceLane implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly byPath = new Map<string, LaneRoute>();
  private readonly byPrefix: LaneRoute[] = [];
  private readonly stalled: StalledBodies<Arrival>;
  private express: RequestListener = () => undefined;

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly routes: ControllerRoutes,
    private readonly policies: RequestPolicies,
  ) {
    this.stalled = new StalledBodies(config.limits.bodyTimeoutMs, (arrival) => {
      this.refuseStalled(arrival);
    });
  }

  onApplicationBootstrap(): void {
    if (!this.config.deviceLane) return;
    for (const found of this.routes.all()) {
      if (found.metadata(DEVICE_ROUTE) !== true) continue;
      const route = laneRouteOf(found);
      if (route.hasParam) this.byPrefix.push(route);
      else this.byPath.set(route.path, route);
    }
  }

  /** @param express takes what the lane does not */
  ahead(express: RequestListener): RequestListener {
    this.express = express;
    return (request, response) => {
      this.take(request, response);
    };
  }

  /** Whether the handler of a request waits for nothing that its answer has to say: an answer is all that it makes. */
  readonly holdsNothing = (request: IncomingMessage): boolean => {
    const route = this.byPath.get(request.url ?? '');
    return (
      route?.verb === 'POST' && request.method === 'POST' && hasPlainBody(request, route.space.bodyLimit)
    );
  };

  beforeApplicationShutdown(): void {
    this.stalled.stop();
  }

  private take(request: IncomingMessage, response: ServerResponse): void {
    const { method, url = '' } = request;
    const route = this.byPath.get(url) ?? this.byPrefix.find(({ path }) => url.startsWith(path));
    const isForLane =
      route !== undefined && (method === route.verb || (method === 'HEAD' && route.verb === 'GET'));
    if (!isForLane) {
      this.pass(request, response);
      return;
    }
    const arrival = arrivalOf(request, response, route.name, route.space);
    if (route.verb === 'POST') this.takePost(route, arrival);
    else this.takeGet(route, arrival);
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    inTurn(request, response, () => {
      this.express(request, response);
    });
  }

  /** Refuses what its URL space says; what goes on to Express is asked there. */
  private isRefused(arrival: Arrival): boolean {
    const refusal = this.policies.refusalOf(arrival);
    if (refusal) this.refuse(arrival, requestIdOf(arrival.request), refusal);
    return refusal !== null;
  }

  private takePost(route: LaneRoute, arrival: Arrival): void {
    const { request, response } = arrival;
    if (!hasPlainBody(request, route.space.bodyLimit)) {
      this.pass(request, response);
      return;
    }
    if (this.isRefused(arrival)) return;
    this.stalled.add(arrival);
    readFirst(request, (bytes) => {
      // Too late: it is refused already.
      if (!this.stalled.remove(arrival)) return;
      const body = bytes.length === Number(request.headers['content-length']) ? parseObject(bytes) : null;
      const args = body && route.argumentsOf({ request, response, param: '', query: '', body });
      if (args) this.answer(route, args, arrival);
      else {
        request.pause();
        inTurn(request, response, () => {
          putBack(request, bytes, () => {
            this.express(request, response);
          });
        });
      }
    });
  }

  private takeGet(route: LaneRoute, arrival: Arrival): void {
    const { request, response } = arrival;
    const { url = '', headers } = request;
    const end = url.includes('?') ? url.indexOf('?') : url.length;
    const param = url.slice(route.path.length, end);
    const isPlain =
      PLAIN_PARAM.test(param) &&
      headers['content-length'] === undefined &&
      headers['transfer-encoding'] === undefined;
    const exchange: Exchange = { request, response, param, query: url.slice(end + 1), body: NO_BODY };
    const args = isPlain ? route.argumentsOf(exchange) : null;
    if (!args) this.pass(request, response);
    else if (!this.isRefused(arrival)) this.answer(route, args, arrival);
  }

  private answer(route: LaneRoute, args: unknown[], arrival: Arrival): void {
    if (route.answersItself) void this.letAnswer(route, args, arrival);
    else void this.answerJson(route, args, arrival);
  }

  /** The first part of a method runs in this turn, and so does all of it when it waits for nothing. */
  private async answerJson(route: LaneRoute, args: unknown[], arrival: Arrival): Promise<void> {
    const id = requestIdOf(arrival.request);
    try {
      const answer = await withRequestId(id, () => route.call(args));
      sendJson(arrival.response, route.status, id, answer);
    } catch (error) {
      this.refuse(arrival, id, error);
      return;
    }
    this.policies.log.ended(arrival, id, outcomeOf(arrival.response));
  }

  private async letAnswer(route: LaneRoute, args: unknown[], arrival: Arrival): Promise<void> {
    const { request, response } = arrival;
    const id = requestIdOf(request);
    this.policies.log.watch(arrival, id);
    try {
      const answering = withRequestId(id, () => route.call(args));
      // What is sent in a later turn does not find the id.
      if (!response.headersSent) response.setHeader('X-Request-Id', id);
      await answering;
    } catch (error) {
      refuseWith(arrival, id, error);
    }
  }

  private refuse(arrival: Arrival, id: string, error: unknown): void {
    const { request, response } = arrival;
    if (!request.complete) dropLateBody(request, response, this.config.limits.bodyTimeoutMs);
    refuseWith(arrival, id, error);
    this.policies.log.ended(arrival, id, outcomeOf(arrival.response));
  }

  private refuseStalled(arrival: Arrival): void {
    if (arrival.request.destroyed) return;
    this.refuse(arrival, requestIdOf(arrival.request), bodyTimeout());
  }
}

/** Of an answer that was just handed over whole. */
const outcomeOf = ({ req, statusCode }: ServerResponse): number | 'aborted' =>
  req.socket.destroyed ? 'aborted' : statusCode;

/** As Express writes it, in one piece: the text goes out together with the headers. */
function sendJson(response: ServerResponse, status: number, id: string, answer: unknown): void {
  const text = answer instanceof SerializedJson ? answer.text : JSON.stringify(answer);
  const length = answer instanceof SerializedJson ? answer.byteLength : Buffer.byteLength(text);
  response.writeHead(status, [
    'X-Request-Id',
    id,
    'Content-Type',
    JSON_TYPE,
    'Content-Length',
    String(length),
  ]);
  endInOneWrite(response, text, 'utf8');
}

function refuseWith({ request, response }: Arrival, id: string, error: unknown): void {
  if (!response.headersSent) response.setHeader('X-Request-Id', id);
  withRequestId(id, () => {
    sendProblem(request, response, error);
  });
}

/** @returns null for what is no JSON, or no object */
function parseObject(bytes: Buffer): Exchange['body'] | null {
  try {
    const body: unknown = JSON.parse(bytes.toString());
    return typeof body === 'object' ? (body as Exchange['body'] | null) : null;
  } catch {
    return null;
  }
}
