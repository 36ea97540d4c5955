import type { Json } from '../domain/audit-chain.js';
import type { ApiToken } from './tokens/api-token.repository.js';
import type { AdminUser } from './admin-user.repository.js';

/* What the audit log says of users and what they were given, by the names that the API has for it. */

export const userOnRecord = ({
  username,
  role,
  isActive,
}: Pick<AdminUser, 'username' | 'role' | 'isActive'>): Readonly<Record<string, Json>> => ({
  username,
  role,
  is_active: isActive,
});

/** Neither the hash nor the visible beginning: who has a log of it must not narrow down what a token is. */
export const tokenOnRecord = ({
  userId,
  name,
  role,
  expiresAt,
}: Pick<ApiToken, 'userId' | 'name' | 'role' | 'expiresAt'>): Json => ({
  user_id: userId,
  name,
  role,
  expires_at: expiresAt?.toISOString() ?? null,
});

export const endedSessionOnRecord = (userId: number, because: string): Json => ({
  user_id: userId,
  ended_because: because,
});
