/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable that is empty counts as unset. */
export function setting(env: Environment, name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}
