import { readdir, readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, multipart, sha256 } from '../../support/http-client.js';
import { bytesFor, type Stage } from '../lib/stage.js';

const IMAGE_BYTES = 256 * 1024;
const CHUNKS = 16;
const CHUNK_EVERY_MS = 3;

interface Uploaded {
  readonly filename: string;
  readonly binary_path: string;
  readonly file_size: number;
  readonly file_hash: string;
}

/** One firmware on its way into the server, and what was answered so far. */
export class Publication {
  uploaded: Uploaded | undefined;
  registeredId: number | undefined;
  /** Answers other than 200. */
  readonly refusals: string[] = [];

  constructor(readonly version: string) {}

  /** Bytes that tell the version. */
  get image(): Buffer {
    return bytesFor(this.version, IMAGE_BYTES);
  }

  /** Sends the image a piece at a time. Resolves with the answer, or when the connection broke. */
  async upload({ url, token }: Stage, onLastByte: () => void = () => undefined): Promise<void> {
    const { body, type } = multipart([{ name: 'file', filename: 'firmware.bin', content: this.image }]);
    const sending = request(`${url}/api/ota/admin/upload?device_type=sensor&version=${this.version}`, {
      method: 'POST',
      agent: false,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': type, 'Content-Length': body.length },
    });
    const answer = answerTo(sending);
    const piece = Math.ceil(body.length / CHUNKS);
    for (let at = 0; at < body.length && !sending.destroyed; at += piece) {
      sending.write(body.subarray(at, at + piece));
      await sleep(CHUNK_EVERY_MS);
    }
    sending.end();
    onLastByte();
    this.uploaded = this.resultOf(await answer) as Uploaded | undefined;
  }

  async register({ client }: Stage): Promise<void> {
    const { filename, binary_path, file_size, file_hash } = this.uploaded ?? {};
    const about = { device_type: 'sensor', version: this.version, build_number: 1, is_stable: true };
    const body = { ...about, filename, binary_path, file_size, file_hash };
    const answer = await client.admin('POST', '/firmware', { body }).catch(() => null);
    this.registeredId = (this.resultOf(answer) as { id: number } | undefined)?.id;
  }

  private resultOf(answer: { status: number; body: unknown } | null): unknown {
    if (answer?.status === 200) return answer.body;
    if (answer) this.refusals.push(`${answer.status} ${JSON.stringify(answer.body)}`);
    return undefined;
  }
}

function answerTo(
  sending: ReturnType<typeof request>,
): Promise<{ readonly status: number; readonly body: unknown } | null> {
  return new Promise((resolve) => {
    sending.on('error', () => resolve(null));
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(null));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) }),
      );
    });
  });
}

/**
 * What a server holds after it was killed and started again, against what it had answered.
 * @returns what is half done or lost, in sentences
 */
export async function compareStore(stage: Stage, publications: readonly Publication[]): Promise<string[]> {
  const faults: string[] = [];
  const byVersion = new Map(publications.map((one) => [one.version, one]));
  const present = new Map<string, string>();
  for (const entry of await readdir(stage.store, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.includes('.uploads')) continue;
    const version = /^v(\d+\.\d+\.\d+)\.bin$/.exec(entry.name)?.[1] ?? '';
    const hash = sha256(await readFile(join(entry.parentPath, entry.name)));
    present.set(version, hash);
    if (hash !== hashOf(byVersion.get(version))) faults.push(`${entry.name} is not what was sent`);
  }
  const { status, body: rows } = await stage.client.admin('GET', '/firmware?limit=1000');
  if (status !== 200) return [`the list of firmware is answered ${JSON.stringify(rows)}`];
  const registered = new Map<string, number>();
  for (const { version, id, file_hash } of rows as { version: string; id: number; file_hash: string }[]) {
    registered.set(version, id);
    if (present.get(version) !== file_hash) faults.push(`firmware ${version} is registered without its file`);
  }
  for (const { version, uploaded, registeredId } of publications) {
    if (uploaded && !present.has(version))
      faults.push(`the upload of ${version} was acknowledged and is lost`);
    if (registeredId !== undefined && registered.get(version) !== registeredId)
      faults.push(`firmware ${version} was acknowledged as ${registeredId} and is lost`);
  }
  await eventually(async () => {
    if ((await leftovers(stage)).length > 0) throw new Error('left over');
  }).catch(async () => faults.push(`left over: ${(await leftovers(stage)).join(', ')}`));
  return faults;
}

const hashOf = (publication: Publication | undefined): string =>
  publication ? sha256(publication.image) : 'nobody sent it';

const leftovers = (stage: Stage): Promise<string[]> => readdir(join(stage.store, '.uploads')).catch(() => []);
