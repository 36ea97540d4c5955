import type { Role } from './permissions.js';

/** Who asks for something: the user that a request's credentials stand for. */
export interface Principal {
  /** The user's. */
  readonly id: number;
  /** The user's, as it was chosen: see quoted() for what is written to a log. */
  readonly name: string;
  /** The user's, or a token's own where that is lower. */
  readonly role: Role;
  /** What the credentials were given for: a session begins with a password. */
  readonly via: 'password' | 'token';
  /** The API token that was sent; null: a session's. */
  readonly token: { readonly id: number; readonly name: string } | null;
  /** When the credentials expire; null or absent: never, or nobody has asked. */
  readonly expiresAt?: Date | null;
  /** The epoch in which a session's credentials were issued; a changed password ends it. Absent: an API token's. */
  readonly epoch?: number;
  /** The browser's session that the credentials belong to. */
  readonly sessionId?: number | null;
  /** The client's address, behind the proxies that are trusted. */
  readonly address: string | null;
}
