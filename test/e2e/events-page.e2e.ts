import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EVENT_TYPES } from '../../src/domain/event-types.js';
import { newWebhookSecret, secretText, signatureHeaders } from '../../src/domain/webhook-delivery.js';

const PAGE = readFileSync('docs/events.md', 'utf8');

/** A block of code by its name, as it stands on the page. */
const block = (name: string): string =>
  new RegExp(`^\`\`\`\\w+ ${name.replace('.', '\\.')}\n([^]*?)^\`\`\`$`, 'm').exec(PAGE)?.[1] ?? '';

describe('docs/events.md', () => {
  it('has the types of events that there are, with what they mean', () => {
    const rows = [...PAGE.matchAll(/^\| `(\w+\.\w+)` +\| (.*?) +\|$/gm)].map(([, type, meaning]) => [
      type,
      meaning,
    ]);
    expect(rows).toEqual(Object.entries(EVENT_TYPES));
  });

  describe('verifies signatures', () => {
    let folder: string;
    const secret = newWebhookSecret();
    const message = { id: 'evt_7', body: '{"type":"firmware.released","data":{"note":"größer"}}' };
    const runs: Readonly<Record<string, (input: string) => string>> = {
      'verify.mjs': (input) =>
        execFileSync(process.execPath, ['run.mjs'], { cwd: folder, input, encoding: 'utf8' }),
      'verify.py': (input) => execFileSync('python3', ['run.py'], { cwd: folder, input, encoding: 'utf8' }),
    };

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), 'ota-test-verify-'));
      for (const name of Object.keys(runs)) writeFileSync(join(folder, name), block(name));
      writeFileSync(
        join(folder, 'run.mjs'),
        `import { verify } from './verify.mjs';
         import { readFileSync } from 'node:fs';
         const { headers, body, secret } = JSON.parse(readFileSync(0, 'utf8'));
         console.log(verify(headers, body, secret));`,
      );
      writeFileSync(
        join(folder, 'run.py'),
        `import json, sys
from verify import verify
given = json.load(sys.stdin)
print(str(verify(given["headers"], given["body"].encode(), given["secret"])).lower())`,
      );
    });
    afterAll(() => {
      rmSync(folder, { recursive: true });
    });

    it.each(Object.keys(runs))('with %s, and refuses others', (name) => {
      const verified = (change: object, at = Date.now()): string => {
        const headers = signatureHeaders(message, secret, new Date(at));
        const input = { headers, body: message.body, secret: secretText(secret), ...change };
        return runs[name]!(JSON.stringify(input)).trim();
      };
      expect(verified({})).toBe('true');
      expect(verified({ body: `${message.body} ` })).toBe('false');
      expect(verified({ secret: secretText(newWebhookSecret()) })).toBe('false');
      expect(verified({}, Date.now() - 400_000)).toBe('false');
    });
  });
});
