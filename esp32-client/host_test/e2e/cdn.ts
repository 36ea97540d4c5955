import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runNginx, type Nginx, type NginxPlace } from '../../../test/support/nginx.js';
import { DONE, NEW_IMAGE, POWER_CUT, RESTART } from './device.js';
import { assertUpdated, CERTIFICATE } from './scenarios.js';
import type { Scenario } from './stage.js';
import { TcpProxy } from './tcp-proxy.js';

const IMAGE_SIZE = readFileSync(NEW_IMAGE).length;

/** A request as nginx logged it. */
interface Fetched {
  readonly status: string;
  readonly range: string;
  readonly ifRange: string;
  readonly authorization: string;
}

/** nginx over HTTPS on the folder of the firmware store, behind a proxy that can cut its connections. */
export class Cdn {
  private nginx: Nginx | undefined;

  private constructor(
    readonly url: string,
    readonly proxy: TcpProxy,
  ) {}

  /** Its address is known before there is a store to serve. */
  static async open(): Promise<Cdn> {
    const proxy = new TcpProxy(0);
    return new Cdn(`https://localhost:${await proxy.listen()}/fw/`, proxy);
  }

  async serve(store: string): Promise<void> {
    this.nginx = await runNginx((place) => httpOf(place, store));
    this.proxy.target = this.nginx.port;
  }

  /** What was asked of it, in order. */
  get fetched(): Fetched[] {
    assert.ok(this.nginx);
    const lines = readFileSync(logOf(this.nginx), 'utf8').trim().split('\n');
    return lines.map((line) => {
      const [status = '', range = '', ifRange = '', authorization = ''] = line.split('|');
      return { status, range, ifRange, authorization };
    });
  }

  async close(): Promise<void> {
    this.proxy.close();
    await this.nginx?.stop();
  }
}

/** The image comes from nginx; a cut connection and a power cut are resumed there, by ranges of the same file. */
export function throughACdn(cdn: Cdn): Scenario {
  return async (scene) => {
    const { device, server, proxy, url } = scene;
    await cdn.serve(server.store);
    const args = ['--root', CERTIFICATE];
    cdn.proxy.cutOnceAfter(60_000);
    assert.equal((await device.run(url, args, { cutAt: 120 })).code, POWER_CUT);
    assert.deepEqual(await device.runToTheEnd(url, args), [RESTART, DONE]);
    await assertUpdated(scene);
    assert.ok(proxy.received < IMAGE_SIZE, `the server itself sent ${proxy.received} bytes`);
    const { fetched } = cdn;
    const later = fetched.filter(({ range }) => /^bytes=[1-9]/.test(range));
    assert.ok(later.length >= 2, `ranges: ${fetched.map(({ range }) => range).join(', ')}`);
    for (const { status, ifRange } of later) {
      assert.equal(status, '206');
      assert.match(ifRange, /^"/);
    }
    assert.deepEqual(new Set(fetched.map(({ authorization }) => authorization)), new Set(['']));
  };
}

const logOf = ({ folder }: NginxPlace): string => join(folder, 'access.log');

const httpOf = (place: NginxPlace, store: string): string => `
  log_format fetched escape=none '$status|$http_range|$http_if_range|$http_authorization';
  access_log ${logOf(place)} fetched;
  server {
    listen 127.0.0.1:${place.port} ssl;
    ssl_certificate ${resolve(CERTIFICATE)};
    ssl_certificate_key ${resolve('test/fixtures/tls/localhost.key')};
    location /fw/ { alias ${store}/; }
  }
`;
