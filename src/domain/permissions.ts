/** The roles, each with all that the ones before it may. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Whether a role may do what takes another. */
export function may(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

/** What is allowed where both roles are limits. */
export const lowerRole = (one: Role, other: Role): Role => (may(one, other) ? other : one);

export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);
