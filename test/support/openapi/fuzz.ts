import { Agent } from 'node:http';
import fc from 'fast-check';
import { Principals } from '../../../src/auth/principals.js';
import { openApiDocument } from '../../../src/http/openapi.js';
import { send, type Answer } from '../http-client.js';
import type { TestApp } from '../test-app.js';
import { Judge } from './judge.js';
import { operationsOf } from './operations.js';
import { requestsTo, type MadeRequest } from './requests.js';

export interface FuzzResult {
  readonly sent: number;
  /** How many answers there were of each status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What was wrong, with the request that it was the answer to. */
  readonly faults: readonly string[];
}

const PATIENCE_MS = 20_000;
const AT_ONCE = 8;

/**
 * Sends made-up requests to every operation of the document and holds the answers against it.
 * @param seed of the random numbers; the same one makes the same requests
 */
export async function fuzz(app: TestApp, requests: number, seed: number): Promise<FuzzResult> {
  keepAdmin(app);
  const document = openApiDocument(app.nest);
  const judge = new Judge(document);
  const operations = operationsOf(document);
  const each = Math.ceil(requests / operations.length);
  const made = operations.flatMap((operation, index) =>
    fc.sample(requestsTo(document, operation), { numRuns: each, seed: seed + index }),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  const queue = made.values();
  const work = async (): Promise<void> => {
    for (const request of queue) {
      const found = await answerTo(app, request, agent).then(
        (answer) => {
          statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
          return judge.faultsOf(request.operation, answer, request.kind !== 'wild');
        },
        (error: unknown) => [`is not answered: ${String(error)}`],
      );
      faults.push(...found.map((fault) => `${describe(request)} ${fault}`));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  agent.destroy();
  return { sent: made.length, statuses, faults };
}

/** The one who asks stays an admin, whatever the requests make of the users. */
function keepAdmin({ nest }: TestApp): void {
  const identity = { id: 1, name: 'admin', role: 'admin', via: 'password', token: null } as const;
  nest.get(Principals).of = () => Promise.resolve(identity);
}

function answerTo(app: TestApp, { method, path, headers, body }: MadeRequest, agent: Agent): Promise<Answer> {
  // Node frames a body by itself for some methods only.
  const length = body && { 'Content-Length': String(body.length) };
  const all = { Authorization: `Bearer ${app.token}`, ...length, ...headers };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`nothing within ${PATIENCE_MS / 1000} s`));
    }, PATIENCE_MS);
  });
  const answer = send(app.url + path, method, { headers: all, body, agent });
  return Promise.race([answer, tooLate]).finally(() => {
    clearTimeout(timer);
  });
}

const describe = ({ kind, method, path, headers, body }: MadeRequest): string =>
  `[${kind}] ${method} ${path} ${JSON.stringify(headers)} ${body?.toString().slice(0, 300) ?? ''}`;
