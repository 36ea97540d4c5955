import { someBytes } from '../../test/support/http-client.js';
import { headersOf, startBare } from '../baselines/bare.js';
import { nginxVersion, startNginx } from '../baselines/nginx.js';
import { withCertificate, type Certificate } from '../lib/certificate.js';
import { compare, type Measurement } from '../lib/compare.js';
import { startBeside, startOtaServer, withSubjects } from '../lib/ota-server.js';
import { ratioOf, type Ratio, type ScenarioResult } from '../lib/report.js';
import type { Subject } from '../lib/subject.js';
import { checks } from './check.js';

const ROUNDS = { rounds: 3, seconds: 1, warmUpSeconds: 1 };
const AT_ONCE = 16;

/** Devices that close their connection after each check, and come back over a new one. */
export const tls = (): Promise<ScenarioResult> => withCertificate(measureTls);

async function measureTls(certificate: Certificate): Promise<ScenarioResult> {
  const plain = await startOtaServer();
  await plain.client.publish(someBytes(1000), { version: '2.0.0' });
  const answer = await plain.client.check();
  const [text, headers] = [answer.bytes.toString(), headersOf(answer)];
  const subjects = [
    await startBeside(plain, 'ota-server', {
      TLS_CERT_FILE: certificate.certFile,
      TLS_KEY_FILE: certificate.keyFile,
    }),
    await startBare({ kind: 'json', text, headers, tls: certificate }),
    ...(nginxVersion() === null ? [] : await startNginxes(certificate, text, plain)),
  ];
  return withSubjects([...subjects, plain], async () => {
    const measure = (handshake: 'full' | 'resumed'): Promise<Measurement[]> =>
      compare(
        subjects.map((subject) => ({ ...subject, name: `${subject.name}, ${handshake}` })),
        { connections: AT_ONCE, requests: checks(AT_ONCE), handshake },
        ROUNDS,
      );
    const [full, resumed] = [await measure('full'), await measure('resumed')];
    return {
      scenario: 'tls',
      setting: `a new TLS connection (ECDSA P-256) for each check, ${AT_ONCE} at a time`,
      measurements: [...full, ...resumed],
      ratios: ratiosOf(full, resumed),
      notes: notesOf(full, resumed),
    };
  });
}

/** One that answers by itself, and one that ends TLS in front of our server. */
async function startNginxes(tls: Certificate, text: string, plain: Subject): Promise<Subject[]> {
  const answering = await startNginx({
    tls,
    server: `location / { default_type application/json; return 200 '${text}'; }`,
  });
  const proxy = await startNginx({
    tls,
    upstream: plain.url.replace('http://', ''),
    server: `location / {
      proxy_pass http://upstream; proxy_http_version 1.1; proxy_set_header Connection "";
    }`,
  });
  return [
    answering,
    { ...proxy, name: `${proxy.name} before ota-server`, pids: [...proxy.pids, ...plain.pids] },
  ];
}

function ratiosOf(full: readonly Measurement[], resumed: readonly Measurement[]): Ratio[] {
  const [ours, bare, nginx] = full;
  return [
    ratioOf(ours, bare, 'perSecond', { atLeast: 0.85 }),
    ratioOf(resumed[0], resumed[1], 'perSecond', { atLeast: 0.85 }),
    ratioOf(resumed[0], ours, 'cpuMicros', { atMost: 0.65 }),
    ratioOf(ours, bare, 'cpuMicros', null),
    ratioOf(resumed[0], resumed[1], 'cpuMicros', null),
    ...(nginx ? [ratioOf(ours, nginx, 'cpuMicros', null)] : []),
  ];
}

/** How much there is to gain from a proxy that ends TLS, in the CPU time of both together. */
function notesOf(full: readonly Measurement[], resumed: readonly Measurement[]): string[] {
  return [full, resumed].flatMap(([ours, , , proxied]) => {
    if (!ours || !proxied) return [];
    const [alone, together] = [ours.cpuMicros / 1000, proxied.cpuMicros / 1000];
    return [
      `${ours.subject}: ${alone.toFixed(2)} ms of CPU for each connection, ${(1000 / alone).toFixed(0)} a second fill ` +
        `a core; with nginx in front ${together.toFixed(2)} ms, ${(1000 / together).toFixed(0)} a second`,
    ];
  });
}
