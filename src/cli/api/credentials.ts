import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setting, type Environment } from '../environment.js';

/** The data that `ota login` saves for one server. */
export interface Credential {
  readonly username: string;
  readonly access_token: string;
  /** ISO 8601. */
  readonly expires_at: string;
}

type Credentials = Readonly<Record<string, Credential>>;

/** Tokens by server, in the user's configuration folder; nobody else may read them. */
export class CredentialStore {
  readonly file: string;

  constructor(env: Environment, platform: NodeJS.Platform = process.platform) {
    this.file = join(configFolder(env, platform), 'ota', 'credentials.json');
  }

  find(server: string): Credential | undefined {
    return Object.entries(this.read()).find(([known]) => known === server)?.[1];
  }

  save(server: string, credential: Credential): void {
    this.write({ ...this.read(), [server]: credential });
  }

  /** @returns whether there was anything to forget */
  forget(server: string): boolean {
    const { [server]: forgotten, ...others } = this.read();
    if (forgotten === undefined) return false;
    this.write(others);
    return true;
  }

  private write(credentials: Credentials): void {
    mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
    const temporary = `${this.file}.${process.pid}`;
    writeFileSync(temporary, `${JSON.stringify(credentials, null, 2)}\n`, {
      mode: 0o600,
    });
    // The mode option applies only to a new file.
    chmodSync(temporary, 0o600);
    renameSync(temporary, this.file);
  }

  /** A missing or invalid file counts as empty; the next login creates it again. */
  private read(): Credentials {
    try {
      const content: unknown = JSON.parse(readFileSync(this.file, 'utf8'));
      return typeof content === 'object' && content !== null ? (content as Credentials) : {};
    } catch {
      return {};
    }
  }
}

function configFolder(env: Environment, platform: NodeJS.Platform): string {
  const fallback = platform === 'win32' ? setting(env, 'APPDATA') : undefined;
  return setting(env, 'XDG_CONFIG_HOME') ?? fallback ?? join(homedir(), '.config');
}
