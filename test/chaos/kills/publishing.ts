import type { Postgres } from '../lib/postgres.js';
import { momentsWithin, waitUntil } from '../lib/processes.js';
import { rowOf, type Row } from '../lib/report.js';
import { Stage } from '../lib/stage.js';
import { compareStore, Publication } from './publication.js';

const MOMENTS = { body: 10, end: 16, register: 12, after: 3 };
/** How much longer than once measured a step is taken to be. */
const MARGIN = 1.4;

type Step = keyof typeof MOMENTS;

/** The server is killed at many moments of an upload and of the registration after it, and started again each time. */
export async function killPublishing(postgres: Postgres, progress: (line: string) => void): Promise<Row[]> {
  const stage = await Stage.start({ DATABASE_URL: await postgres.createDatabase() });
  try {
    const publications: Publication[] = [];
    const next = (): Publication => {
      const publication = new Publication(`1.0.${publications.length}`);
      publications.push(publication);
      return publication;
    };
    // Each kill hits a server that has just started, which takes longer for its first requests.
    await stage.restart();
    const durations = await measure(stage, next());
    const faults: Record<Step, string[]> = { body: [], end: [], register: [], after: [] };
    const answered: Record<Step, number> = { body: 0, end: 0, register: 0, after: 0 };
    for (const step of Object.keys(MOMENTS) as Step[]) {
      for (const moment of momentsWithin(durations[step] * MARGIN, MOMENTS[step])) {
        const publication = next();
        await killAt(stage, publication, step, moment);
        await stage.restart();
        const isAnswered =
          step === 'register' || step === 'after' ? publication.registeredId : publication.uploaded;
        if (isAnswered !== undefined) answered[step] += 1;
        const found = [...(await compareStore(stage, publications)), ...(await repeat(stage, publication))];
        if (found.length > 0) faults[step].push(`killed after ${moment.toFixed(1)} ms: ${found.join('; ')}`);
      }
      progress(`killed ${MOMENTS[step]} times (${step}), ${faults[step].length} faults`);
    }
    const row = (what: string, step: Step): Row =>
      rowOf(what, MOMENTS[step], faults[step], `${answered[step]} had been answered before the kill`);
    return [
      row('kill -9 while an upload comes in', 'body'),
      row('kill -9 from the last byte of an upload to its answer', 'end'),
      row('kill -9 during a registration', 'register'),
      row('kill -9 right after the answer to a registration', 'after'),
    ];
  } finally {
    await stage.close();
  }
}

/** @returns milliseconds that each step takes */
async function measure(stage: Stage, publication: Publication): Promise<Record<Step, number>> {
  const begun = performance.now();
  let lastByte = begun;
  await publication.upload(stage, () => (lastByte = performance.now()));
  const uploaded = performance.now();
  await publication.register(stage);
  if (publication.registeredId === undefined)
    throw new Error(`Nothing can be published: ${publication.refusals.join('; ')}`);
  return {
    body: lastByte - begun,
    end: uploaded - lastByte,
    register: performance.now() - uploaded,
    after: 5,
  };
}

/** @param moment milliseconds after the step has begun */
async function killAt(stage: Stage, publication: Publication, step: Step, moment: number): Promise<void> {
  const kill = async (): Promise<void> => {
    await waitUntil(performance.now() + moment);
    await stage.server.kill('SIGKILL');
  };
  if (step === 'body') {
    const upload = publication.upload(stage);
    await kill();
    return upload;
  }
  if (step === 'end') {
    let upload: Promise<void> | undefined;
    await new Promise<void>((resolve) => {
      upload = publication.upload(stage, resolve);
    });
    await kill();
    return upload;
  }
  await publication.upload(stage);
  const register = publication.register(stage);
  if (step === 'after') await register;
  await kill();
  return register;
}

/** What a person does who got no answer: the same again. It must succeed, or say that it is there already. */
async function repeat(stage: Stage, publication: Publication): Promise<string[]> {
  const again = new Publication(publication.version);
  await again.upload(stage);
  if (!again.uploaded) return [`the same upload again is answered ${again.refusals.join()}`];
  await again.register(stage);
  const isThere = again.registeredId !== undefined || again.refusals.every((text) => text.startsWith('409'));
  return isThere ? [] : [`the same registration again is answered ${again.refusals.join()}`];
}
