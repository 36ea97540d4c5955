import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { hash, verify } from '@node-rs/argon2';
import { APP_CONFIG, type AppConfig } from '../config/app-config.js';
import { DomainError } from '../domain/errors.js';
import { passwordViolation } from '../domain/password-rule.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { storableText } from '../domain/storable-text.js';
import { AdminUserRepository } from './admin-user.repository.js';
import { LoginGate } from './login-gate.js';
import { Principals, type TokenClaims } from './principals.js';

export interface AccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

export interface PasswordChange {
  readonly current: string;
  /** See passwordViolation(). */
  readonly next: string;
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
    private readonly gate: LoginGate,
    private readonly principals: Principals,
    private readonly jwt: JwtService,
  ) {}

  /**
   * @param network see clientNetwork()
   * @throws DomainError INVALID_CREDENTIALS, after the same time whether the user exists or not, and TOO_MANY_ATTEMPTS,
   * after the same number of failures
   */
  async login(username: string, password: string, network: string): Promise<AccessToken> {
    const name = storableText(username);
    const attempt = { username: name, network, isUser: false };
    const user = await this.gate.attempt(attempt, async () => {
      const found = await this.users.findByUsername(name);
      attempt.isUser = found !== null;
      const isRight = await verify(found?.passwordHash ?? (await this.nobodysHash), password);
      return isRight ? found : null;
    });
    if (!user) throw new DomainError('INVALID_CREDENTIALS', 'The user name or the password is wrong.');
    const claims: TokenClaims = { sub: String(user.id), epoch: user.tokenEpoch };
    return { token: await this.jwt.signAsync(claims), expiresInSeconds: this.config.jwt.ttlSeconds };
  }

  /**
   * Ends every token of the user that was issued before, also the one that this was asked with.
   * @throws DomainError INVALID_CREDENTIALS when the current password is wrong, and TOO_MANY_ATTEMPTS
   */
  async changePassword(
    principal: Principal,
    { current, next }: PasswordChange,
    network: string,
  ): Promise<void> {
    const user = await this.users.findById(principal.id);
    const isChanged =
      user &&
      (await this.gate.attempt({ username: user.username, network, isUser: true }, async () => {
        const { id, passwordHash } = user;
        if (!(await verify(passwordHash, current))) return null;
        // Only while it is still the password that was verified.
        return (await this.users.setPassword({ id, passwordHash }, await hash(next))) || null;
      }));
    if (!isChanged) throw new DomainError('INVALID_CREDENTIALS', 'The current password is wrong.');
    this.principals.forget();
    this.logger.log(
      `${quoted(principal.name)} changed the password; earlier tokens of that user have ended.`,
    );
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
    if (chosen !== null && passwordViolation(chosen) !== null) {
      this.logger.warn('ADMIN_PASSWORD has fewer than 10 characters: change it with `ota admin password`.');
    }
    return chosen === null ? password : null;
  }
}
