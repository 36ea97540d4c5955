/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable without the white space around it, which a file or a secret store may add; an empty one counts as unset. */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
