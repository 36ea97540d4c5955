import type { Role } from './permissions.js';

/** Who asks for something: the user that a request's credentials stand for. */
export interface Principal {
  /** The user's. */
  readonly id: number;
  /** The user's, as it was chosen: see quoted() for what is written to a log. */
  readonly name: string;
  readonly role: Role;
  /** What the credentials were given for: a session begins with a password. */
  readonly via: 'password';
}
