/* The fields of the server's responses about people and their tokens that the command uses; the API has more. */

export interface LoginAnswer {
  readonly access_token: string;
  /** The lifetime in seconds. */
  readonly expires_in: number;
}

/** Who a token stands for. */
export interface Me {
  readonly username: string;
  readonly role: string;
  readonly via: 'password' | 'token';
  /** undefined: an older server does not say. */
  readonly token_name?: string | null;
  readonly expires_at: string | null;
}

export interface WireUser {
  readonly id: number;
  readonly username: string;
  readonly role: string;
  readonly is_active: boolean;
  readonly created_at: string;
}

export interface WireToken {
  readonly id: number;
  readonly username: string;
  readonly name: string;
  readonly role: string;
  /** The visible beginning: `ota_4f7H`. */
  readonly token_prefix: string;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used_at: string | null;
}
