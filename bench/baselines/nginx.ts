import { execFileSync } from 'node:child_process';
import { runNginx } from '../../test/support/nginx.js';
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
  const behind =
    upstream === undefined
      ? ''
      : `upstream upstream { server ${upstream}; keepalive 64; keepalive_requests 1000000000; }`;
  const nginx = await runNginx(({ port }) => {
    const listen = tls ? tlsServer(port, tls) : `listen 127.0.0.1:${port};`;
    return httpOf(behind, `${listen}\n${server}`);
  });
  return {
    name: nginxVersion() ?? 'nginx',
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${nginx.port}`,
    // The worker is what is measured.
    pids: [nginx.workerPid],
    stop: () => nginx.stop(),
  };
}

const tlsServer = (port: number, { certFile, keyFile }: NonNullable<NginxOptions['tls']>): string => `
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${certFile};
    ssl_certificate_key ${keyFile};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:sessions:10m;
    ssl_session_timeout 1d;`;

const httpOf = (behind: string, server: string): string => `
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  ${behind}
  server {
    ${server}
  }
`;
