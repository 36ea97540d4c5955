import { someBytes } from '../../test/support/http-client.js';
import { mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { headersOf, startBare } from '../baselines/bare.js';
import { nginxVersion, startNginx } from '../baselines/nginx.js';
import { compare, type Measurement } from '../lib/compare.js';
import type { LoadRequest } from '../lib/load.js';
import { startOtaServer, withSubjects, type OtaServer } from '../lib/ota-server.js';
import { ratioOf, type Ratio, type ScenarioResult } from '../lib/report.js';

const SIZES = { '328 KB': 327_920, '1.5 MB': 1_500_000, '4 MB': 4_000_000 } as const;
const ROUNDS = { rounds: 3, seconds: 1, warmUpSeconds: 0.5 };
const RANGE = 4096;

/** Whole images, as esp_https_ota fetches them. */
export async function download(): Promise<ScenarioResult> {
  const measurements: Measurement[] = [];
  const ratios: Ratio[] = [];
  const ota = await startOtaServer();
  const root = join(ota.folder, 'as-nginx-sees-it');
  const nginx = nginxVersion() === null ? null : await startNginx({ server: `root ${root};` });
  await withSubjects([ota, ...(nginx ? [nginx] : [])], async (subjects) => {
    for (const [label, size] of Object.entries(SIZES)) {
      const file = await publish(ota, size);
      mkdirSync(join(root, dirname(file.url)), { recursive: true });
      symlinkSync(file.path, join(root, file.url));
      const bare = await startBare({ kind: 'file', path: file.path });
      const all = [...subjects, bare].map((subject) => ({ ...subject, name: `${subject.name}, ${label}` }));
      const load = {
        connections: 32,
        requests: Array.from({ length: 32 }, () => ({ method: 'GET' as const, path: file.url })),
      };
      const measured = await compare(all, load, ROUNDS).finally(() => bare.stop());
      measurements.push(...measured);
      const [ours, sendfile] = measured;
      ratios.push(ratioOf(ours, measured.at(-1), 'perSecond', { atLeast: 0.9 }));
      if (nginx) ratios.push(ratioOf(ours, sendfile, 'perSecond', { atLeast: 1.5 }));
    }
  });
  return { scenario: 'download', setting: 'whole images, 32 connections', measurements, ratios };
}

/** 4 KiB at a time, as ESP-IDF's partial download fetches: hundreds of requests for each megabyte. */
export async function ranges(): Promise<ScenarioResult> {
  const ota = await startOtaServer();
  const file = await publish(ota, SIZES['1.5 MB']);
  const bare = await startBare({ kind: 'ranges', path: file.path });
  const later = rangesOf(file.url, SIZES['1.5 MB'])[1];
  const { 'content-range': _, ...headers } = headersOf(
    await ota.client.send('GET', file.url, { headers: later?.headers ?? {} }),
  );
  const telling = await startBare({ kind: 'ranges', path: file.path, headers });
  const all = [ota, bare, { ...telling, name: 'bare node:http, the same headers' }] as const;
  return withSubjects(all, async (subjects) => {
    const requests = rangesOf(file.url, SIZES['1.5 MB']);
    const measurements = await compare(subjects, { connections: 64, requests });
    const [ours, baseline, sameHeaders] = measurements;
    return {
      scenario: 'ranges',
      setting: '4 KiB ranges of a 1.5 MB image, 64 connections',
      measurements,
      ratios: [
        ratioOf(ours, baseline, 'perSecond', { atLeast: 0.8 }),
        ratioOf(ours, baseline, 'cpuMicros', null),
        ratioOf(ours, sameHeaders, 'perSecond', null),
        ratioOf(ours, sameHeaders, 'cpuMicros', null),
      ],
    };
  });
}

export function rangesOf(path: string, size: number): LoadRequest[] {
  return Array.from({ length: Math.floor(size / RANGE) }, (_, index) => ({
    method: 'GET',
    path,
    headers: { Range: `bytes=${index * RANGE}-${(index + 1) * RANGE - 1}` },
  }));
}

async function publish(ota: OtaServer, size: number): Promise<{ url: string; path: string }> {
  const { body } = await ota.client.publish(someBytes(size), { version: `1.0.${size}` });
  return { url: `/api/ota/download/${body.id}`, path: join(ota.folder, 'store', body.binary_path as string) };
}
