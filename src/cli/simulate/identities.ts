/** The tokens of the devices, and the key with which those without one enrol. */
export class Identities {
  private readonly tokens = new Map<number, string>();

  constructor(private readonly key: string) {}

  has(deviceId: number): boolean {
    return this.tokens.has(deviceId);
  }

  keep(deviceId: number, token: string): void {
    this.tokens.set(deviceId, token);
  }

  forget(deviceId: number): void {
    this.tokens.delete(deviceId);
  }

  headersOf(deviceId: number): Record<string, string> {
    return { Authorization: `Bearer ${this.tokens.get(deviceId) ?? this.key}` };
  }
}
