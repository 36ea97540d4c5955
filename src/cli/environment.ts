/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns a variable without surrounding white space, which a file or a secret store may add; empty counts as unset. */
export function setting(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}
