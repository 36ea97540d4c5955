import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** Where one nginx keeps its files, and the port of 127.0.0.1 that it listens on. */
export interface NginxPlace {
  readonly folder: string;
  readonly port: number;
}

export interface Nginx extends NginxPlace {
  /** The master only supervises. */
  readonly workerPid: number;
  /** Ends it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts nginx with one worker. It listens when this resolves.
 * @param httpOf what stands in its `http`, with a `server` that listens on the port
 * @throws Error when it is not installed, or ends at once
 */
export async function runNginx(httpOf: (place: NginxPlace) => string): Promise<Nginx> {
  const place = { folder: mkdtempSync(join(tmpdir(), 'ota-nginx-')), port: await freePort() };
  const { folder } = place;
  const config = join(folder, 'nginx.conf');
  writeFileSync(config, configOf(folder, httpOf(place)));
  const child = spawn('nginx', ['-c', config, '-p', folder], { stdio: 'inherit' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await once(child, 'spawn');
  return {
    ...place,
    workerPid: await workerOf(child.pid ?? 0),
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (folder: string, http: string): string => `
daemon off;
worker_processes 1;
user root;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 4096; }
http {
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  ${http}
}
`;

/** It listens before it starts its worker. */
async function workerOf(master: number): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    const children = readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim();
    if (children !== '') return Number(children.split(' ')[0]);
    await sleep(20);
  }
  throw new Error('nginx did not start a worker.');
}
