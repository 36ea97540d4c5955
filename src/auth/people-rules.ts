import { DomainError } from '../domain/errors.js';
import { passwordViolation } from '../domain/password-rule.js';
import { isRole, type Role } from '../domain/permissions.js';
import type { Principal } from '../domain/principal.js';
import { quoted } from '../domain/quoted.js';
import { firstCodePoints } from '../domain/storable-text.js';
import { usernameViolation } from '../domain/username.js';

/* The rules of src/domain as refusals, for the services of users, tokens and sessions. */

const SHOWN_LENGTH = 40;

export function refuseBadPassword(password: string): void {
  const violation = passwordViolation(password);
  if (violation) throw new DomainError(violation.code, violation.sentence);
}

export function refuseBadUsername(username: string): void {
  const violation = usernameViolation(username);
  if (violation !== null) throw new DomainError('VALIDATION_FAILED', violation);
}

export function roleOf(text: string): Role {
  if (isRole(text)) return text;
  const shown = quoted(firstCodePoints(text, SHOWN_LENGTH));
  throw new DomainError('ROLE_UNKNOWN', `There is no role ${shown}: use viewer, operator or admin.`);
}

/** For what a stolen token must not do: it would outlive its revocation. */
export function refuseToken({ via }: Principal, sentence: string): void {
  if (via === 'token') throw new DomainError('TOKEN_NOT_ALLOWED', sentence);
}
