import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ClientCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** A certification authority of a test, in a folder of its own. */
export class TestAuthority {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ota-test-ca-'));
  /** Of its own certificate. */
  readonly file = join(this.folder, 'ca.crt');
  private readonly keyFile = join(this.folder, 'ca.key');
  private serial = 1;

  constructor(name: string) {
    this.openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      this.keyFile,
      '-out',
      this.file,
      '-subj',
      `/CN=${name}`,
    );
  }

  /** @param subject `/CN=123` */
  issue(subject: string): ClientCertificate {
    const name = join(this.folder, `client-${this.serial}`);
    this.openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(`${name}.ext`, 'extendedKeyUsage=clientAuth\n');
    const by = ['-CA', this.file, '-CAkey', this.keyFile, '-set_serial', String(++this.serial)];
    const made = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-extfile', `${name}.ext`, '-days', '2'];
    this.openssl('x509', '-req', ...by, ...made);
    return { cert: readFileSync(`${name}.crt`), key: readFileSync(`${name}.key`) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
