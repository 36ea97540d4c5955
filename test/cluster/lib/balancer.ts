import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, send } from '../../support/http-client.js';
import { freePort } from '../../support/free-port.js';

const RECIPE = 'deploy/haproxy/haproxy.cfg';

export const hasHaproxy = (): boolean => spawnSync('haproxy', ['-v']).status === 0;

/** HAProxy with the recipe of this project; only its addresses are those of the run. */
export class Balancer {
  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(folder: string, ports: readonly number[]): Promise<Balancer> {
    const port = await freePort();
    let next = 0;
    const config = readFileSync(RECIPE, 'utf8')
      .replace('bind :80', `bind 127.0.0.1:${port}`)
      .replace(/10\.0\.0\.\d+:8000/g, () => `127.0.0.1:${ports[next++] ?? 0}`);
    if (next !== ports.length) throw new Error(`${RECIPE} has ${next} servers instead of ${ports.length}.`);
    const file = join(folder, 'haproxy.cfg');
    writeFileSync(file, config);
    const child = spawn('haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    const url = `http://127.0.0.1:${port}`;
    await eventually(async () => {
      const { status } = await send(`${url}/health/ready`, 'GET');
      if (status !== 200) throw new Error(`The balancer answers ${status}.`);
    }, 60_000).catch((error: unknown) => {
      child.kill('SIGKILL');
      throw new Error(`HAProxy does not serve: ${said}`, { cause: error });
    });
    return new Balancer(url, child);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await ended;
  }
}
