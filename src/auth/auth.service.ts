import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { hash, verify } from '@node-rs/argon2';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { storableText } from '../domain/storable-text.js';
import { AdminUserRepository } from './admin-user.repository.js';

/** What a token says: the id of the admin, as RFC 7519 §4.1.2 has it. */
export interface TokenClaims {
  readonly sub: string;
}

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

const RANDOM_PASSWORD_BYTES = 15;

@Injectable()
export class AuthService {
  private readonly logger = new Logger('Auth');
  /** Of a password that nobody has: verifying against it takes as long for a user who does not exist. */
  private readonly nobodysHash = hash(randomBytes(RANDOM_PASSWORD_BYTES));

  constructor(
    @Inject(APP_CONFIG) private readonly config: AppConfig,
    private readonly users: AdminUserRepository,
    private readonly jwt: JwtService,
  ) {}

  /** @throws DomainError INVALID_CREDENTIALS, after the same time whether the user exists or not */
  async login(username: string, password: string): Promise<AccessToken> {
    const user = await this.users.findByUsername(storableText(username));
    const isRight = await verify(user?.passwordHash ?? (await this.nobodysHash), password);
    if (!user || !isRight) {
      throw new DomainError('INVALID_CREDENTIALS', 'The user name or the password is wrong.');
    }
    const claims: TokenClaims = { sub: String(user.id) };
    return { token: await this.jwt.signAsync(claims), expiresInSeconds: this.config.jwt.ttlSeconds };
  }

  /** Whether the admin of a token is still one. */
  isAdmin({ sub }: TokenClaims): Promise<boolean> {
    const id = Number(sub);
    return Number.isSafeInteger(id) ? this.users.exists(id) : Promise.resolve(false);
  }

  /**
   * Makes the first admin of the configuration when there is none.
   * @returns the password if it was made up, to be shown this once; null otherwise
   */
  async ensureFirstAdmin(): Promise<string | null> {
    if (await this.users.hasAny()) return null;
    const { username, password: chosen } = this.config.admin;
    const password = chosen ?? randomBytes(RANDOM_PASSWORD_BYTES).toString('base64url');
    if (!(await this.users.insertFirst(username, await hash(password)))) return null;
    this.logger.log(`Made the first admin "${username}".`);
    return chosen === null ? password : null;
  }
}
