import { evidence } from '../lib/evidence.js';
import { rowOf, type Row } from '../lib/report.js';

const KINDS = {
  log: 'lines of logs',
  metrics: 'lines of metrics',
  audit: 'rows of the audit',
  answer: 'answers that say an error',
  'command line': 'command lines of processes',
} as const;

/** What nobody may write down, whoever it belongs to. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a JSON Web Token', /\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/],
  ['a token of ours', /\bota[de]?_[A-Za-z0-9]{20,}/],
  ['a signature', /\bsig=[0-9a-f]{16,}/i],
  ['a hash of a password', /\$argon2/],
  ['a database URL with a password', /postgres(ql)?:\/\/(?!user:password@)[^\s:/@]+:[^\s@*]+@/],
  ['a bearer', /\bBearer\s+[\w.-]{20,}/],
  ['a cookie', /__Host-\w+=[^\s;]{8,}/],
];
const SHOWN = 160;

/** @returns a row for each kind of text: how many lines were searched, and in how many a secret stands */
export function searchEvidence(): Row[] {
  const secrets = [...evidence.secrets].filter(([, value]) => value.length >= 8);
  const values = secrets.map(([, value]) => value.replace(/[^\w]/g, '\\$&'));
  const any = new RegExp(
    [...new Set(values), ...PATTERNS.map(([, pattern]) => pattern.source)].join('|'),
    'i',
  );
  return (Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => {
    const faults: string[] = [];
    let [lines, bytes] = [0, 0];
    for (const { read } of evidence.texts.filter((text) => text.kind === kind)) {
      for (const line of read().split('\n')) {
        if (line === '') continue;
        lines += 1;
        bytes += line.length;
        if (any.test(line)) faults.push(`${nameOf(line, secrets)} in: ${line.slice(0, SHOWN)}`);
      }
    }
    const size =
      bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(0)} kB` : `${(bytes / 1_000_000).toFixed(0)} MB`;
    return rowOf(
      KINDS[kind],
      lines,
      faults,
      `${lines === 0 ? 'nothing was written' : size}, searched for ${secrets.length} secrets and ${PATTERNS.length} patterns`,
    );
  });
}

function nameOf(line: string, secrets: readonly (readonly [string, string])[]): string {
  const lower = line.toLowerCase();
  const secret = secrets.find(([, value]) => lower.includes(value.toLowerCase()));
  return secret?.[0] ?? PATTERNS.find(([, pattern]) => pattern.test(line))?.[0] ?? 'something';
}
