import type { Readable } from 'node:stream';
import { Inject, Injectable, type Type } from '@nestjs/common';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import type { ImageVerdict } from '../domain/esp-image/esp-image.js';
import { FileReader } from '../domain/esp-image/file-reader.js';
import { isPlainFilename } from '../domain/plain-filename.js';
import { TransportError } from '../http/problem.js';
import { validationFailed, WireValidationPipe } from '../http/wire-validation.pipe.js';
import { FirmwareStore, type StagedFile } from '../storage/firmware-store.js';

/** A file that came in whole, and what it was found to be. */
interface JudgedFile {
  readonly staged: StagedFile;
  readonly verdict: ImageVerdict;
}

/** One with fields that are as they must be. */
export interface ReceivedFile<Fields> extends JudgedFile {
  readonly filename: string;
  readonly fields: Fields;
}

/** What the other parts and the boundaries of a multipart body may take beside the file, in bytes. */
const FORM_ALLOWANCE = 64 * 1024;
const FIELD_LIMITS = {
  files: 1,
  fields: 16,
  parts: 20,
  fieldSize: 1024,
  fieldNameSize: 100,
  headerPairs: 20,
};

/** Streams the file of a multipart request into the store and judges it, holding no more of it than a chunk. */
@Injectable()
export class UploadReceiver {
  private readonly fields = new WireValidationPipe();

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly store: FirmwareStore,
  ) {}

  /**
   * @param fieldsType the rules for the fields beside the file
   * @throws TransportError UNSUPPORTED_MEDIA_TYPE, VALIDATION_FAILED
   * @throws DomainError UPLOAD_TOO_LARGE, UPLOAD_STALLED, UPLOAD_MALFORMED, UPLOAD_FILE_MISSING, STORE_UNAVAILABLE;
   * nothing is left in the store then
   */
  async receive<Fields extends object>(
    request: Request,
    response: Response,
    fieldsType: Type<Fields>,
  ): Promise<ReceivedFile<Fields>> {
    if (request.is('multipart/form-data') === false) {
      throw new TransportError('UNSUPPORTED_MEDIA_TYPE', 'Send the file as multipart/form-data.');
    }
    const { maxUploadBytes } = this.config;
    if (Number(request.get('content-length')) > maxUploadBytes + FORM_ALLOWANCE)
      throw tooLarge(maxUploadBytes);

    const storage = new StagingStorage(this.store);
    try {
      await this.parse(request, response, storage);
      return await this.checked(request, storage.received, fieldsType);
    } catch (error) {
      await storage.discard();
      throw storage.failure ?? asRefusal(error, maxUploadBytes);
    }
  }

  private parse(request: Request, response: Response, storage: StorageEngine): Promise<void> {
    const { maxUploadBytes, limits } = this.config;
    const parser = multer({
      storage,
      limits: { ...FIELD_LIMITS, fileSize: maxUploadBytes },
      defParamCharset: 'utf8',
    }).single('file');

    return new Promise((resolve, reject) => {
      let [received, lastChunkAt] = [0, performance.now()];
      const watch = setInterval(() => {
        // Once all of it is here, it is the disk that takes its time.
        const isMoving = performance.now() - lastChunkAt < limits.uploadStallMs;
        if (isMoving || request.complete) return;
        response.setHeader('Connection', 'close');
        finish(new DomainError('UPLOAD_STALLED', 'The upload stood still for too long and was given up.'));
      }, limits.uploadStallMs / 4);
      const finish = (error?: Error | null): void => {
        clearInterval(watch);
        if (error) reject(error);
        else resolve();
      };
      parser(request, response, (error?: unknown) => {
        finish(error as Error | undefined);
      });
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
        lastChunkAt = performance.now();
        // Without this, the parser would read an endless body to its end before it says that it is too large.
        if (received > maxUploadBytes + FORM_ALLOWANCE) finish(tooLarge(maxUploadBytes));
      });
    });
  }

  private async checked<Fields extends object>(
    request: Request,
    received: JudgedFile | undefined,
    fieldsType: Type<Fields>,
  ): Promise<ReceivedFile<Fields>> {
    const filename = request.file?.originalname;
    if (!received || filename === undefined) {
      throw fileMissing(
        'file' in (request.body as object) ? 'The part "file" has no filename' : 'No file came',
      );
    }
    if (!isPlainFilename(filename)) {
      throw validationFailed({
        file: ['file must have a name without folders, control or invisible characters'],
      });
    }
    const given: unknown = { ...request.query, ...(request.body as object) };
    const fields = await this.fields.transform(given, { type: 'body', metatype: fieldsType });
    return { ...received, filename, fields: fields as Fields };
  }
}

/** Where multer puts the one file of a request. */
class StagingStorage implements StorageEngine {
  received: JudgedFile | undefined;
  /** Why the store could not take the file. The parser hears only that its stream ended too early. */
  failure: DomainError | undefined;
  private incoming: Readable | undefined;
  private staging: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly store: FirmwareStore) {}

  _handleFile(...[, file, done]: Parameters<StorageEngine['_handleFile']>): void {
    if (this.isClosed) {
      // The request was refused before its file came: nobody would ever remove what is staged now.
      file.stream.resume();
      done(new Error('The upload was refused.'));
      return;
    }
    this.incoming = file.stream;
    this.staging = this.receive(file.stream).then(
      (received) => {
        this.received = received;
        done(null, { size: received.staged.size });
      },
      (error: unknown) => {
        if (error instanceof DomainError) this.failure = error;
        done(error);
      },
    );
  }

  _removeFile(...[, , done]: Parameters<StorageEngine['_removeFile']>): void {
    this.discard().then(() => {
      done(null);
    }, done);
  }

  /** Also what is still coming in: the parser would wait for the rest of it. Takes nothing afterwards. */
  async discard(): Promise<void> {
    this.isClosed = true;
    if (!this.received) this.incoming?.destroy(new Error('The upload was aborted.'));
    await this.staging;
    if (this.received) await this.store.discard(this.received.staged);
  }

  /** Judges the image while it is on its way into the store. */
  private async receive(bytes: Readable): Promise<JudgedFile> {
    const reader = new FileReader();
    const staged = await this.store.stage(shownTo(reader, bytes));
    try {
      const { verdict } = await reader.finish((length) => this.store.readStaged(staged, length));
      return { staged, verdict };
    } catch (error) {
      await this.store.discard(staged);
      throw error;
    }
  }
}

async function* shownTo(reader: FileReader, bytes: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    reader.push(chunk);
    yield chunk;
  }
}

function tooLarge(maxUploadBytes: number): DomainError {
  return new DomainError(
    'UPLOAD_TOO_LARGE',
    `The file is larger than the ${maxUploadBytes} bytes that this server takes (MAX_UPLOAD_BYTES).`,
  );
}

function fileMissing(what: string): DomainError {
  const detail = `${what}: name its part "file", as in curl -F file=@firmware.bin.`;
  return new DomainError('UPLOAD_FILE_MISSING', detail, { file: (name) => `${name('file')} is missing` });
}

/** What the parser of the multipart body says has no codes to rely on. */
function asRefusal(error: unknown, maxUploadBytes: number): unknown {
  if (error instanceof DomainError || error instanceof TransportError) return error;
  if (error instanceof MulterError && error.code === 'LIMIT_FILE_SIZE') return tooLarge(maxUploadBytes);
  // A second file named "file" is another error of the same code.
  if (error instanceof MulterError && error.code === 'LIMIT_UNEXPECTED_FILE' && error.field !== 'file') {
    return fileMissing(`The file came as ${JSON.stringify(error.field ?? '')}`);
  }
  const reason =
    error instanceof MulterError ? `: ${error.message}${error.field ? ` (${error.field})` : ''}` : '';
  return new DomainError('UPLOAD_MALFORMED', `The multipart body is broken off or malformed${reason}.`);
}
