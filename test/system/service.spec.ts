import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { eventually } from '../support/http-client.js';
import { makeFolder, removeFolder, ServerProcess } from '../support/server-process.js';

const ONE_PROCESS = { ADMIN_PASSWORD: 'a long password', WORKERS: '1' };

/** The certificate that a new connection is shown. */
function certificateAt(url: string): Promise<PeerCertificate> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate());
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

describe('a server that runs as a service', () => {
  let folder: string;
  let server: ServerProcess | undefined;
  beforeEach(() => (folder = makeFolder()));
  afterEach(async () => {
    await server?.kill('SIGTERM');
    await removeFolder(folder);
  });

  it('reads a renewed certificate on SIGHUP, and serves on', async () => {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    copyFileSync('test/fixtures/tls/localhost.crt', cert);
    copyFileSync('test/fixtures/tls/localhost.key', key);
    server = new ServerProcess(folder, { ...ONE_PROCESS, TLS_CERT_FILE: cert, TLS_KEY_FILE: key });
    const url = await server.ready();
    const first = await certificateAt(url);

    copyFileSync('test/fixtures/tls/renewed.crt', cert);
    copyFileSync('test/fixtures/tls/renewed.key', key);
    process.kill(server.pid, 'SIGHUP');
    await eventually(async () => expect((await certificateAt(url)).subject.CN).toBe('renewed'), 30_000);
    expect(first.subject.CN).not.toBe('renewed');

    writeFileSync(cert, 'no certificate');
    process.kill(server.pid, 'SIGHUP');
    const said = server;
    await eventually(async () => {
      await Promise.resolve();
      expect(said.output + said.errors).toContain('the certificate was not read again');
    }, 30_000);
    expect((await certificateAt(url)).subject.CN).toBe('renewed');
  });

  it('tells systemd when it is ready', async () => {
    const [programs, told] = [join(folder, 'bin'), join(folder, 'told')];
    mkdirSync(programs);
    writeFileSync(
      join(programs, 'systemd-notify'),
      `#!/bin/sh\necho "$@ $NOTIFY_SOCKET $ADMIN_PASSWORD" > ${told}\n`,
    );
    chmodSync(join(programs, 'systemd-notify'), 0o755);
    const PATH = `${programs}:${process.env['PATH'] ?? ''}`;
    server = new ServerProcess(folder, { ...ONE_PROCESS, PATH, NOTIFY_SOCKET: '/run/notify' });
    await server.ready();
    const { pid } = server;
    await eventually(async () => {
      await Promise.resolve();
      expect(readFileSync(told, 'utf8')).toBe(`--ready --pid=${pid} /run/notify \n`);
    }, 30_000);
  });
});
