import type { Command } from 'commander';
import { ApiClient } from './api/api-client.js';
import { CredentialStore } from './api/credentials.js';
import { CommandFailure } from './api/failure.js';
import { parseServerUrl } from './api/server-url.js';
import { setting, type Environment } from './environment.js';
import { interruption } from './interruption.js';
import { Output } from './output/output.js';

/** The options that every command takes. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly adminToken?: string;
  readonly json?: boolean;
}

const DEFAULT_SERVER = 'http://localhost:8000';

/** One run of the command: with which server, as whom, and where it prints. */
export class Session {
  readonly server: string;
  readonly output: Output;
  readonly credentials: CredentialStore;

  constructor(
    private readonly options: GlobalOptions,
    private readonly env: Environment = process.env,
  ) {
    this.server = parseServerUrl(options.server ?? setting(env, 'OTA_SERVER') ?? DEFAULT_SERVER);
    this.output = new Output(process.stdout.isTTY && options.json !== true);
    this.credentials = new CredentialStore(env);
  }

  /** Speaks to the server without saying who is asking. */
  anonymous(): ApiClient {
    return new ApiClient(this.server, undefined, interruption.signal);
  }

  /** @throws CommandFailure when nobody has logged in */
  admin(): ApiClient {
    const token =
      this.options.token ??
      this.options.adminToken ??
      setting(this.env, 'OTA_TOKEN') ??
      this.credentials.find(this.server)?.access_token;
    if (token !== undefined) return new ApiClient(this.server, token, interruption.signal);
    throw new CommandFailure(`You are not logged in to ${this.server}.`, [
      `Log in: ota login --server ${this.server}`,
      'Or give a token as --token or OTA_TOKEN.',
    ]);
  }
}

/** Makes a function of a command's options and its session what commander calls. */
export const inSession =
  <Options>(run: (options: Options, session: Session) => Promise<void>) =>
  (options: Options, command: Command): Promise<void> =>
    run(options, new Session(command.optsWithGlobals<GlobalOptions>()));
