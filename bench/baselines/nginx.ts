import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Subject } from '../lib/subject.js';

/** @returns `nginx/1.22.1`, null where it is not installed */
export function nginxVersion(): string | null {
  try {
    const { stderr } = { stderr: execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }) };
    return /nginx\/[\d.]+/.exec(stderr)?.[0] ?? null;
  } catch {
    return null;
  }
}

export interface NginxOptions {
  /** What stands in its `server` beside `listen`. */
  readonly server: string;
  /** `host:port`, behind the name `upstream`. */
  readonly upstream?: string;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
}

/** One worker. */
export async function startNginx({ server, upstream, tls }: NginxOptions): Promise<Subject> {
  const folder = mkdtempSync(join(tmpdir(), 'ota-bench-nginx-'));
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  const listen = tls ? tlsServer(port, tls) : `listen 127.0.0.1:${port};`;
  const behind =
    upstream === undefined
      ? ''
      : `upstream upstream { server ${upstream}; keepalive 64; keepalive_requests 1000000000; }`;
  writeFileSync(config, configOf(folder, behind, `${listen}\n${server}`));
  const child = spawn('nginx', ['-c', config, '-p', folder], { stdio: 'inherit' });
  // The master only supervises: the worker is what is measured.
  const pid = await workerOf(child.pid ?? 0);
  return {
    name: nginxVersion() ?? 'nginx',
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    pids: [pid],
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const tlsServer = (port: number, { certFile, keyFile }: NonNullable<NginxOptions['tls']>): string => `
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:10m;
    ssl_session_timeout 1d;`;

const configOf = (folder: string, behind: string, server: string): string => `
daemon off;
worker_processes 1;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  ${behind}
  server {
    ${server}
  }
}
`;

async function workerOf(master: number): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await sleep(20);
  }
  throw new Error('nginx did not start a worker.');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
