import type { Command } from 'commander';
import { ApiClient, type Token } from './api/api-client.js';
import { CredentialStore } from './api/credentials.js';
import { CommandFailure } from './api/failure.js';
import { parseServerUrl } from './api/server-url.js';
import { setting } from './environment.js';
import type { Io } from './io.js';
import { Output, type Format } from './output/output.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly adminToken?: string;
  readonly json?: boolean;
  readonly format?: Format;
  readonly utc?: boolean;
}

const DEFAULT_SERVER = 'http://localhost:8000';

export const outputOf = ({ json, format, utc }: GlobalOptions, io: Io): Output =>
  new Output(io, { format: format ?? (json === true ? 'json' : undefined), isUtc: utc === true });

/** One run of the command: with which server, as whom, and where it prints. */
export class Session {
  readonly server: string;
  readonly output: Output;
  readonly credentials: CredentialStore;

  constructor(
    private readonly options: GlobalOptions,
    readonly io: Io,
  ) {
    this.server = parseServerUrl(options.server ?? setting(io.env, 'OTA_SERVER') ?? DEFAULT_SERVER);
    this.output = outputOf(options, io);
    this.credentials = new CredentialStore(io.env);
  }

  /** Speaks to the server without saying who is asking. */
  anonymous(): ApiClient {
    return new ApiClient(this.server, undefined, this.io.interruption.signal);
  }

  /** @throws CommandFailure when nobody has logged in */
  admin(): ApiClient {
    const token = this.findToken();
    if (token) return new ApiClient(this.server, token, this.io.interruption.signal);
    throw new CommandFailure(`You are not logged in to ${this.server}.`, [
      `Log in: ota login --server ${this.server}`,
      'Or give a token as --token or OTA_TOKEN.',
    ]);
  }

  private findToken(): Token | undefined {
    const { token, adminToken } = this.options;
    const given = setting({ given: token ?? adminToken }, 'given');
    if (given !== undefined)
      return { value: given, source: token === undefined ? '--admin-token' : '--token' };
    const inEnvironment = setting(this.io.env, 'OTA_TOKEN');
    if (inEnvironment !== undefined) return { value: inEnvironment, source: 'OTA_TOKEN' };
    const kept = this.credentials.find(this.server);
    return kept && { value: kept.access_token, source: 'ota login' };
  }
}

type Run = (options: never, session: Session, args: readonly unknown[]) => Promise<void>;

/** Makes a function of a command's options, its session and its arguments what commander calls. */
export const inSession =
  (io: Io, run: Run) =>
  (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const session = new Session(command.optsWithGlobals<GlobalOptions>(), io);
    return run(given.at(-2) as never, session, given.slice(0, -2));
  };
