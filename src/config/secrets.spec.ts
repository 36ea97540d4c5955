import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installationSecret } from './secrets.js';

describe('a secret of the installation', () => {
  let dataDir: string;
  let previousMask: number;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'ota-test-secrets-'));
    previousMask = process.umask(0);
  });
  afterEach(() => {
    process.umask(previousMask);
    rmSync(dataDir, { recursive: true, force: true });
  });

  const mode = (path: string): number => statSync(join(dataDir, path)).mode & 0o777;

  it('is 256 bits in hex and the same the second time', () => {
    const secret = installationSecret(dataDir, 'jwt');
    expect(secret).toMatch(/^[0-9a-f]{64}$/);
    expect(installationSecret(dataDir, 'jwt')).toBe(secret);
  });

  it('is for its owner only, whatever the umask', () => {
    installationSecret(dataDir, 'jwt');
    expect([mode('secrets'), mode('secrets/jwt')]).toEqual([0o700, 0o600]);
  });

  it('is another for another name and another installation', () => {
    const elsewhere = join(dataDir, 'elsewhere');
    const all = [
      installationSecret(dataDir, 'jwt'),
      installationSecret(dataDir, 'postgres'),
      installationSecret(elsewhere, 'jwt'),
    ];
    expect(new Set(all).size).toBe(3);
  });

  it('leaves no draft', () => {
    installationSecret(dataDir, 'jwt');
    expect(readdirSync(join(dataDir, 'secrets'))).toEqual(['jwt']);
  });

  it('may be put there by hand', () => {
    mkdirSync(join(dataDir, 'secrets'));
    writeFileSync(join(dataDir, 'secrets/jwt'), 'chosen by hand\n');
    expect(installationSecret(dataDir, 'jwt')).toBe('chosen by hand');
  });

  it('is refused when it is empty, since anyone could guess it', () => {
    mkdirSync(join(dataDir, 'secrets'));
    const file = join(dataDir, 'secrets/jwt');
    writeFileSync(file, '\n');
    expect(() => installationSecret(dataDir, 'jwt')).toThrow(`The secret in ${file} is empty.`);
    expect(readFileSync(file, 'utf8')).toBe('\n');
  });

  it('does not take up a draft of another process, which may have our process id in a container of its own', () => {
    mkdirSync(join(dataDir, 'secrets'));
    const draft = join(dataDir, `secrets/jwt.${process.pid}`);
    writeFileSync(draft, 'draft of another', { mode: 0o644 });
    expect(installationSecret(dataDir, 'jwt')).toMatch(/^[0-9a-f]{64}$/);
    expect(mode('secrets/jwt')).toBe(0o600);
    expect(readFileSync(draft, 'utf8')).toBe('draft of another');
  });
});
