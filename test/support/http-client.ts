import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { PATIENCE } from './patience.js';
import type { TestApp } from './test-app.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The body as JSON; undefined when it is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into it, and fail where it is not so
  readonly body: any;
}

export interface Sending {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is bytes or text. */
  readonly body?: unknown;
  readonly agent?: RequestOptions['agent'];
}

/** A plain client: unlike fetch it neither adds headers nor hides a 304. */
export function send(
  url: string,
  method: string,
  { headers = {}, body, agent }: Sending = {},
): Promise<Answer> {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body) || body === undefined;
  const payload = isRaw ? body : JSON.stringify(body);
  const all = { ...(isRaw ? {} : { 'Content-Type': 'application/json' }), ...headers };
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, headers: all, agent }, (response) => {
      const chunks: Buffer[] = [];
      // A stream of events has no end: its head is the answer.
      if (response.headers['content-type']?.startsWith('text/event-stream') === true) {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.of(),
          body: undefined,
        });
        response.destroy();
        return;
      }
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes,
          body: parseJson(bytes, response.headers['content-type']),
        });
      });
    });
    request.on('error', reject);
    if (payload === undefined) request.end();
    else request.end(payload);
  });
}

function parseJson(bytes: Buffer, type = ''): unknown {
  // The answer to HEAD has the type of a body and none.
  return type.includes('json') && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined;
}

/** Says what a device or an admin says. */
export class Client {
  constructor(private readonly app: Pick<TestApp, 'url' | 'token'>) {}

  /** @param password of the first admin, with which the server was started */
  static async logIn(url: string, password: string): Promise<Client> {
    const body = { username: 'admin', password };
    const { body: answer } = await send(`${url}/api/auth/login`, 'POST', { body });
    return new Client({ url, token: answer.access_token as string });
  }

  /** Of the admin. */
  get token(): string {
    return this.app.token;
  }

  send(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    return send(this.app.url + path, method, sending);
  }

  admin(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const headers = { Authorization: `Bearer ${this.app.token}`, ...sending.headers };
    return this.send(method, `/api/ota/admin${path}`, { ...sending, headers });
  }

  check(question: Record<string, unknown> = {}): Promise<Answer> {
    const body = {
      device_id: 123,
      device_type: 'sensor',
      current_version: '1.0.0',
      current_build: 1,
      ...question,
    };
    return this.send('POST', '/api/ota/check', { body });
  }

  report(report: Record<string, unknown>): Promise<Answer> {
    return this.send('POST', '/api/ota/status', { body: { device_id: 123, ...report } });
  }

  download(firmwareId: number, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
    return this.send(method, `/api/ota/download/${firmwareId}`, { headers });
  }

  async upload(
    file: Buffer,
    fields: Record<string, string> = { device_type: 'sensor', version: '1.0.0' },
    filename = 'firmware.bin',
  ): Promise<Answer> {
    const { body, type } = multipart([
      ...Object.entries(fields).map(([name, value]) => ({ name, content: value })),
      { name: 'file', filename, content: file },
    ]);
    return this.admin('POST', '/upload', { body, headers: { 'Content-Type': type } });
  }

  /** Uploads and registers. @returns what register answered */
  async publish(file: Buffer, registration: Record<string, unknown> = {}): Promise<Answer> {
    const about = {
      device_type: 'sensor',
      version: '1.0.0',
      build_number: 1,
      is_stable: true,
      ...registration,
    };
    const { body } = await this.upload(file, { device_type: about.device_type, version: about.version });
    const { filename, binary_path, file_size, file_hash } = body as Record<string, unknown>;
    return this.admin('POST', '/firmware', {
      body: { filename, binary_path, file_size, file_hash, ...about },
    });
  }
}

export interface Part {
  readonly name: string;
  readonly content: string | Buffer;
  readonly filename?: string;
}

const BOUNDARY = 'boundary-of-the-tests';

export function multipart(parts: readonly Part[]): { body: Buffer; type: string } {
  const chunks = parts.flatMap(({ name, filename, content }) => {
    const file =
      filename === undefined ? '' : `; filename="${filename}"\r\nContent-Type: application/octet-stream`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [Buffer.from(head), Buffer.from(content), Buffer.from('\r\n')];
  });
  return {
    body: Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)]),
    type: `multipart/form-data; boundary=${BOUNDARY}`,
  };
}

export const image = (name: string): Promise<Buffer> => readFile(`test/fixtures/esp-images/${name}`);
export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
/** Bytes that are easy to tell apart by place. */
export function someBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = i * 7 + (i >> 8);
  return bytes;
}

/**
 * Asks again until it holds; fails with the last answer's error. Events are read when no older transaction is running
 * anywhere in PostgreSQL, and the specs that run at the same time make databases there, which takes a busy machine seconds.
 */
export async function eventually<T>(probe: () => Promise<T>, patienceMs = 15_000 * PATIENCE): Promise<T> {
  const giveUp = Date.now() + patienceMs;
  for (;;) {
    try {
      return await probe();
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
