import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files of a certificate for localhost (ECDSA P-256) that the benchmark signed itself. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Removes the files afterwards. */
export async function withCertificate<T>(work: (certificate: Certificate) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'ota-bench-tls-'));
  const [certFile, keyFile] = [join(folder, 'localhost.crt'), join(folder, 'localhost.key')];
  const what = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-subj', '/CN=localhost'];
  try {
    execFileSync('openssl', ['req', '-x509', '-nodes', ...what, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    return await work({ certFile, keyFile });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
