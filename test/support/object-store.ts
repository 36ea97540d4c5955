import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectsCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { freePort } from './free-port.js';

const ACCESS = { accessKeyId: 'test', secretAccessKey: 'secret of the tests' };
const BUCKET = 'firmware';
const VERSION = 'v1.8.0';

const MISSING =
  'These tests need versitygw, a server for S3 on a folder. Install Go and run ' +
  `\`go install github.com/versity/versitygw/cmd/versitygw@${VERSION}\`, or set VERSITYGW to the program.`;

/** @returns the program, from VERSITYGW, PATH or Go's folder. @throws Error that says how to install it */
function findVersitygw(): string {
  const given = process.env['VERSITYGW'];
  if (given !== undefined && given !== '') return given;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = [...folders, goFolder()].map((folder) => join(folder, 'versitygw')).find(existsSync);
  if (found === undefined) throw new Error(MISSING);
  return found;
}

function goFolder(): string {
  try {
    return join(execFileSync('go', ['env', 'GOPATH'], { encoding: 'utf8' }).trim(), 'bin');
  } catch {
    return '/nowhere';
  }
}

/** A real S3 server with one empty bucket, on this machine. */
export class ObjectStore {
  readonly bucket = BUCKET;
  readonly client: S3Client;

  private constructor(
    readonly port: number,
    /** Everything that it keeps. */
    readonly folder: string,
    private process: ChildProcess,
  ) {
    this.client = new S3Client({
      endpoint: this.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: ACCESS,
      requestHandler: { httpAgent: { keepAlive: true, maxSockets: 2_000 } },
    });
  }

  /** @param folder an empty one; made, and removed at the end, when it is not given */
  static async start(folder = mkdtempSync(join(tmpdir(), 'ota-test-s3-'))): Promise<ObjectStore> {
    const program = findVersitygw();
    const port = await freePort();
    mkdirSync(join(folder, BUCKET), { recursive: true });
    const store = new ObjectStore(port, folder, run(program, port, folder));
    await store.accepts();
    return store;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What a server or a command needs to keep its files here, or behind another way to here. */
  settings(prefix = '', endpoint = this.endpoint): Record<string, string> {
    return {
      FIRMWARE_STORE: `s3://${BUCKET}${prefix === '' ? '' : `/${prefix}`}`,
      S3_ENDPOINT: endpoint,
      AWS_ACCESS_KEY_ID: ACCESS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ACCESS.secretAccessKey,
    };
  }

  /** As any other tool would write an object: over what is there, without a hash. */
  async put(key: string, bytes: Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bytes }));
  }

  async empty(): Promise<void> {
    for (;;) {
      const { Contents = [] } = await this.client.send(new ListObjectsV2Command({ Bucket: BUCKET }));
      if (Contents.length === 0) return;
      const Objects = Contents.map(({ Key }) => ({ Key }));
      await this.client.send(new DeleteObjectsCommand({ Bucket: BUCKET, Delete: { Objects } }));
    }
  }

  /** Ends the server; what it keeps stays. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await ended;
  }

  async restart(): Promise<void> {
    this.process = run(findVersitygw(), this.port, this.folder);
    await this.accepts();
  }

  async close(): Promise<void> {
    this.client.destroy();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async accepts(): Promise<void> {
    for (;;) {
      if (this.process.exitCode !== null) throw new Error('versitygw ended; is its folder on a real disk?');
      if (await isOpen(this.port)) return;
      await sleep(20);
    }
  }
}

function run(program: string, port: number, folder: string): ChildProcess {
  return spawn(program, ['--port', `127.0.0.1:${port}`, '--quiet', '--keep-alive', 'posix', folder], {
    env: { ROOT_ACCESS_KEY: ACCESS.accessKeyId, ROOT_SECRET_KEY: ACCESS.secretAccessKey },
    stdio: 'ignore',
  });
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => {
      resolve(false);
    });
  });
}
