import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fleet } from '../../support/fleet.js';
import type { Answer } from '../../support/http-client.js';
import { Mount } from '../lib/mounts.js';
import { rowOf, type Row } from '../lib/report.js';
import { bytesFor, Stage } from '../lib/stage.js';
import { Expectations } from './expectations.js';

const IMAGE_BYTES = 300_000;
const FIELDS = { device_type: 'sensor', version: '3.0.0' };
/** /health/status calls a look that takes longer trouble. */
const LONGER_THAN_A_LOOK_MS = 3_500;

export const useReadOnlyStore = (what: string): Promise<Row> =>
  withStore(what, Mount.tmpfs(8), async ({ stage, mount, expect }) => {
    mount.remount('ro');
    const health = await stage.healthIs(503);
    expect.holds('the health names the store', health.body.store !== 'ok', health.body);
    await refusesUploads(stage, expect);
    mount.remount('rw');
  });

export const useFullStore = (what: string): Promise<Row> =>
  withStore(what, Mount.tmpfs(8), async ({ stage, mount, expect }) => {
    const tooMuch = bytesFor('too much', 9_000_000);
    expect.answers(
      'an upload that does not fit',
      await stage.client.upload(tooMuch, FIELDS),
      '503 STORE_UNAVAILABLE',
    );
    expect.holds('nothing is left of it', (await leftovers(stage)).length === 0, await leftovers(stage));
    const makeRoom = mount.fill();
    const health = await stage.healthIs(503);
    expect.holds('the health names the store', health.body.store !== 'ok', health.body);
    await refusesUploads(stage, expect);
    makeRoom();
  });

/** Reads go on, a write waits for as long as it takes. */
export const hangStore = (what: string): Promise<Row> =>
  withStore(what, Mount.ext4(32), async ({ stage, mount, expect }) => {
    mount.freeze();
    const upload = stage.client.upload(bytesFor('during the freeze', IMAGE_BYTES), FIELDS);
    await sleep(LONGER_THAN_A_LOOK_MS);
    const health = await stage.health();
    expect.holds(
      'the health names the store',
      health.status === 503 && health.body.store !== 'ok',
      health.body,
    );
    mount.unfreeze();
    expect.answers(
      'the upload that waited',
      await upload,
      '200',
      '503 STORE_UNAVAILABLE',
      '408 UPLOAD_STALLED',
    );
  });

interface Scene {
  readonly stage: Stage;
  readonly mount: Mount;
  readonly expect: Expectations;
}

/** Devices check, report and download all the time; in the end an upload must succeed. */
async function withStore(what: string, mount: Mount, trouble: (scene: Scene) => Promise<void>): Promise<Row> {
  const stage = await Stage.start({ FIRMWARE_STORE: mount.path });
  const expect = new Expectations();
  try {
    const image = bytesFor('release', IMAGE_BYTES);
    const fleet = new Fleet({
      url: () => stage.url,
      firmwareId: await stage.publish(image),
      atOnce: 4,
      pauseMs: 10,
    });
    await fleet.reported(20);
    const downloads = keepDownloading(stage, image, expect);
    await trouble({ stage, mount, expect });
    await stage.healthIs(200);
    await fleet.reported(20);
    await downloads.stop();
    await fleet.stop();
    const last = await stage.client.upload(bytesFor('after it', IMAGE_BYTES), {
      ...FIELDS,
      version: '4.0.0',
    });
    expect.answers('an upload afterwards', last, '200');
    expect.holds('nothing is left over', (await leftovers(stage)).length === 0, await leftovers(stage));
    const all = [...expect.faults, ...fleet.violations, ...(await fleet.lost(stage.client))];
    if (fleet.refused.checks + fleet.refused.reports > 0) all.push('checks or reports were refused');
    const note = `${fleet.checks} checks, ${fleet.reports} reports and ${downloads.count()} downloads meanwhile`;
    return rowOf(what, fleet.answered + expect.tried, all, note);
  } finally {
    await stage.close();
    mount.remove();
  }
}

async function refusesUploads(stage: Stage, expect: Expectations): Promise<void> {
  for (let n = 0; n < 5; n++) {
    const answer = await stage.client.upload(bytesFor(`refused ${n}`, IMAGE_BYTES), FIELDS);
    expect.answers('an upload', answer, '503 STORE_UNAVAILABLE');
    expect.holds('it says when to try again', Number(answer.headers['retry-after']) > 0, answer.headers);
  }
  expect.holds('nothing is left of them', (await leftovers(stage)).length === 0, await leftovers(stage));
}

function keepDownloading(
  stage: Stage,
  image: Buffer,
  expect: Expectations,
): { stop(): Promise<void>; count(): number } {
  let [count, isOver] = [0, false];
  const download = async (device: number): Promise<Answer> =>
    stage.client.send('GET', await stage.downloadPath(device));
  const work = (async () => {
    for (; !isOver; count++) {
      const answer = await download(8_000_000 + count).catch((error: unknown) => String(error));
      const isRight = typeof answer !== 'string' && answer.status === 200 && answer.bytes.equals(image);
      expect.holds('a download', isRight, typeof answer === 'string' ? answer : answer.status);
      await sleep(50);
    }
  })();
  return {
    stop: () => {
      isOver = true;
      return work;
    },
    count: () => count,
  };
}

const leftovers = (stage: Stage): Promise<string[]> => readdir(join(stage.store, '.uploads')).catch(() => []);
