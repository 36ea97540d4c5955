import type { Answer } from '../../support/http-client.js';

/** Counts what was tried, and keeps a sentence for each thing that went otherwise than expected. */
export class Expectations {
  tried = 0;
  readonly faults: string[] = [];

  holds(what: string, isSo: boolean, found: unknown = ''): void {
    this.tried += 1;
    if (!isSo) this.faults.push(`${what}: ${typeof found === 'string' ? found : JSON.stringify(found)}`);
  }

  /** @param expected a status, or a status and a code */
  answers(what: string, { status, body, bytes }: Answer, ...expected: readonly string[]): void {
    const code = (body as { code?: string } | undefined)?.code;
    const found = code === undefined ? String(status) : `${status} ${code}`;
    this.holds(
      what,
      expected.includes(found),
      `${found} instead of ${expected.join(' or ')} ${bytes.toString().slice(0, 200)}`,
    );
  }
}
