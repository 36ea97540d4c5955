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

/** The context of one run of the command: the server, the credentials and the output. */
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

  /** A client that sends requests without a token. */
  anonymous(): ApiClient {
    return new ApiClient(this.server, undefined, this.io.interruption.signal);
  }

  /** @throws CommandFailure if there is no token */
  admin(): ApiClient {
    const token = this.findToken();
    if (token) return new ApiClient(this.server, token, this.io.interruption.signal);
    throw new CommandFailure(`You are not logged in to ${this.server}.`, [
      `Log in: ota login --server ${this.server}`,
      'Or pass a token with --token or OTA_TOKEN.',
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

/** Adapts a function of options, session and arguments to the callback that commander expects. */
export const inSession =
  (io: Io, run: Run) =>
  (...given: unknown[]): Promise<void> => {
    const command = given.at(-1) as Command;
    const session = new Session(command.optsWithGlobals<GlobalOptions>(), io);
    return run(given.at(-2) as never, session, given.slice(0, -2));
  };
