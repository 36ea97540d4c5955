import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Answer } from '../../test/support/http-client.js';
import type { Subject } from '../lib/subject.js';
import type { BareAnswer } from './bare-process.js';

/** Starts a server of node:http and nothing else. */
export async function startBare(answer: BareAnswer): Promise<Subject> {
  const child = fork(fileURLToPath(new URL('./bare-process.js', import.meta.url)));
  child.send(answer);
  const [port] = (await once(child, 'message')) as [number];
  return {
    name: answer.tls ? 'bare node:https' : 'bare node:http',
    url: `${answer.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    pids: [child.pid ?? 0],
    stop: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

/** What node:http sends with every answer by itself, or is told in each. */
const USUAL = ['connection', 'keep-alive', 'date', 'content-length', 'content-type'];

/** The headers of one of our answers, so that a bare server sends the same bytes. */
export function headersOf({ headers }: Answer): Record<string, string> {
  const entries = Object.entries(headers).filter(([name]) => !USUAL.includes(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
