import { strict as assert } from 'node:assert';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DONE, NEW_IMAGE, POWER_CUT, RESTART } from './device.js';
import { assertUpdated, CERTIFICATE } from './scenarios.js';
import type { Scenario } from './stage.js';
import { TcpProxy } from './tcp-proxy.js';

const IMAGE_SIZE = readFileSync(NEW_IMAGE).length;

/** A request as nginx logged it. */
interface Fetched {
  readonly status: string;
  readonly range: string;
  readonly ifRange: string;
  readonly authorization: string;
}

/** nginx over HTTPS on the folder of the firmware store, behind a proxy that can cut its connections. */
export class Cdn {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ota-e2e-cdn-'));
  private nginx: ChildProcess | undefined;

  private constructor(
    readonly url: string,
    readonly proxy: TcpProxy,
  ) {}

  /** Its address is known before there is a store to serve. */
  static async open(): Promise<Cdn> {
    const proxy = new TcpProxy(0);
    return new Cdn(`https://localhost:${await proxy.listen()}/fw/`, proxy);
  }

  async serve(store: string): Promise<void> {
    this.proxy.target = await freePort();
    const config = join(this.folder, 'nginx.conf');
    writeFileSync(config, configOf(this.folder, this.proxy.target, store));
    this.nginx = spawn('nginx', ['-c', config, '-p', this.folder], { stdio: 'inherit' });
    await once(this.nginx, 'spawn');
    for (let tries = 0; !(await answers(this.proxy.target)); tries++) {
      if (tries > 200) throw new Error('nginx does not listen');
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }

  /** What was asked of it, in order. */
  get fetched(): Fetched[] {
    const lines = readFileSync(join(this.folder, 'access.log'), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [status = '', range = '', ifRange = '', authorization = ''] = line.split('|');
      return { status, range, ifRange, authorization };
    });
  }

  async close(): Promise<void> {
    this.proxy.close();
    if (this.nginx) {
      this.nginx.kill('SIGTERM');
      await once(this.nginx, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The image comes from nginx; a cut connection and a power cut are resumed there, by ranges of the same file. */
export function throughACdn(cdn: Cdn): Scenario {
  return async (scene) => {
    const { device, server, proxy, url } = scene;
    await cdn.serve(server.store);
    const args = ['--root', CERTIFICATE];
    cdn.proxy.cutOnceAfter(60_000);
    assert.equal((await device.run(url, args, { cutAt: 120 })).code, POWER_CUT);
    assert.deepEqual(await device.runToTheEnd(url, args), [RESTART, DONE]);
    await assertUpdated(scene);
    assert.ok(proxy.received < IMAGE_SIZE, `the server itself sent ${proxy.received} bytes`);
    const { fetched } = cdn;
    const later = fetched.filter(({ range }) => /^bytes=[1-9]/.test(range));
    assert.ok(later.length >= 2, `ranges: ${fetched.map(({ range }) => range).join(', ')}`);
    for (const { status, ifRange } of later) {
      assert.equal(status, '206');
      assert.match(ifRange, /^"/);
    }
    assert.deepEqual(new Set(fetched.map(({ authorization }) => authorization)), new Set(['']));
  };
}

const configOf = (folder: string, port: number, store: string): string => `
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
user root;
events { worker_connections 64; }
http {
  log_format fetched escape=none '$status|$http_range|$http_if_range|$http_authorization';
  access_log ${folder}/access.log fetched;
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${resolve(CERTIFICATE)};
    ssl_certificate_key ${resolve('test/fixtures/tls/localhost.key')};
    location /fw/ { alias ${store}/; }
  }
}
`;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const answer = await fetch(`https://localhost:${port}/`).catch(() => null);
  return answer !== null;
}
