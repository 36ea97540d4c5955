import { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import type { BucketAccess } from '../../config/app-config.js';
import { quietSdk } from '../../config/quiet-sdk.js';
import type { ByteRange } from '../../domain/byte-range.js';
import { Patience } from './no-answer.js';

/** Maximum waits, in milliseconds. */
export interface S3Deadlines {
  /** For a connection. */
  readonly connectMs: number;
  /** For the answer to a request, and for that of a tried-again one together. */
  readonly answerMs: number;
  /** For the next bytes of a body, in either direction, and for the answer to an upload after its last. */
  readonly stallMs: number;
}

/** An object, before it is sent. */
export interface NewObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** SHA-256, lower-case hex. */
  readonly hash: string;
  readonly bytes: AsyncIterable<Buffer>;
}

/** Devices that read slowly hold a connection each. */
const MAX_SOCKETS = 512;
/** A name stands for the same bytes for ever. */
const CACHE_CONTROL = 'public, max-age=31536000, immutable';

/** The SDK would write to the console what the caller hears as an error. */
const SILENT = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // Nothing is lost: see above.
}

interface Opened {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
}

/** What the store asks of S3, each with its deadlines. The SDK is loaded with the first request: it takes 20 MB. */
export class S3Calls {
  private opened: Promise<Opened> | undefined;

  constructor(
    readonly bucket: string,
    private readonly access: BucketAccess,
    private readonly deadlines: S3Deadlines,
  ) {}

  get stallMs(): number {
    return this.deadlines.stallMs;
  }

  headBucket(): Promise<unknown> {
    return this.ask(({ sdk, client }, abortSignal) =>
      client.send(new sdk.HeadBucketCommand({ Bucket: this.bucket }), { abortSignal }),
    );
  }

  head(key: string): Promise<Sdk.HeadObjectCommandOutput> {
    return this.ask(({ sdk, client }, abortSignal) =>
      client.send(new sdk.HeadObjectCommand({ Bucket: this.bucket, Key: key, ChecksumMode: 'ENABLED' }), {
        abortSignal,
      }),
    );
  }

  /** The deadline is for the head of the answer; its body is the caller's to watch. */
  get(key: string, range?: ByteRange): Promise<Sdk.GetObjectCommandOutput> {
    const part = range && { Range: `bytes=${range.start}-${range.end}` };
    return this.ask(({ sdk, client }, abortSignal) =>
      client.send(new sdk.GetObjectCommand({ Bucket: this.bucket, Key: key, ...part }), { abortSignal }),
    );
  }

  /**
   * @param after what the page before said
   * @returns up to 1,000 objects
   */
  list(prefix: string, after: string | undefined): Promise<Sdk.ListObjectsV2CommandOutput> {
    const next = after !== undefined && { ContinuationToken: after };
    return this.ask(({ sdk, client }, abortSignal) =>
      client.send(new sdk.ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ...next }), {
        abortSignal,
      }),
    );
  }

  delete(key: string): Promise<unknown> {
    return this.ask(({ sdk, client }, abortSignal) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: this.bucket, Key: key }), { abortSignal }),
    );
  }

  /** In one request, which the store refuses with 412 when there is an object of that name, and when the hash differs. */
  async put({ key, size, hash, bytes }: NewObject): Promise<void> {
    const { sdk, client } = await this.open();
    const patience = new Patience(this.deadlines.stallMs);
    const body = Readable.from(renewing(patience, bytes), { objectMode: false });
    const command = new sdk.PutObjectCommand({
      Bucket: this.bucket,
      Key: key,
      Body: body,
      ContentLength: size,
      ContentType: 'application/octet-stream',
      CacheControl: CACHE_CONTROL,
      ChecksumSHA256: Buffer.from(hash, 'hex').toString('base64'),
      IfNoneMatch: '*',
    });
    try {
      await patience.while(client.send(command, { abortSignal: patience.signal }));
    } finally {
      body.destroy();
    }
  }

  private async ask<T>(send: (opened: Opened, abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    const opened = await this.open();
    const patience = new Patience(this.deadlines.answerMs);
    return patience.while(send(opened, patience.signal));
  }

  private open(): Promise<Opened> {
    this.opened ??= this.load();
    return this.opened;
  }

  private async load(): Promise<Opened> {
    quietSdk();
    const sdk = await import('@aws-sdk/client-s3');
    const { endpoint, region, pathStyle, credentials } = this.access;
    const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
    const client = new sdk.S3Client({
      ...(endpoint !== null && { endpoint }),
      ...(region !== null && { region }),
      ...(credentials && { credentials: { ...credentials } }),
      forcePathStyle: pathStyle,
      maxAttempts: 2,
      logger: SILENT,
      // Every upload brings its SHA-256, and whoever reads a file compares it with its hash.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: this.deadlines.connectMs,
        logger: SILENT,
        httpAgent: agent,
        httpsAgent: agent,
      },
    });
    return { sdk, client };
  }
}

async function* renewing(patience: Patience, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    patience.renew();
    yield chunk;
  }
  patience.renew();
}
