import { createHash } from 'node:crypto';
import { request } from 'node:http';

/** What the process of the devices is told, and what it says in the end. */
export interface StormOrder {
  readonly url: string;
  readonly devices: number;
  /** Of each connection. */
  readonly bytesPerSecond: number;
  readonly hash: string;
}

export interface StormOutcome {
  readonly right: number;
  readonly wrong: readonly string[];
  readonly seconds: number;
}

/** Devices in a process of their own, so that what they cost is not taken for the server's. */
process.once('message', (order: StormOrder) => {
  void download(order).then((outcome) => {
    process.send?.(outcome, () => process.disconnect());
  });
});

async function download({ url, devices, bytesPerSecond, hash }: StormOrder): Promise<StormOutcome> {
  const begun = performance.now();
  const hashes = await Promise.all(
    Array.from({ length: devices }, () =>
      slowly(url, bytesPerSecond).catch((error: unknown) => String(error)),
    ),
  );
  return {
    right: hashes.filter((one) => one === hash).length,
    wrong: hashes.filter((one) => one !== hash),
    seconds: (performance.now() - begun) / 1000,
  };
}

/** @returns the hash of what came */
function slowly(url: string, bytesPerSecond: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const download = request(url, { agent: false }, (response) => {
      const begun = performance.now();
      const hash = createHash('sha256');
      let received = 0;
      response.on('data', (chunk: Buffer) => {
        hash.update(chunk);
        received += chunk.length;
        const aheadMs = (received / bytesPerSecond) * 1000 - (performance.now() - begun);
        if (aheadMs <= 0) return;
        response.pause();
        setTimeout(() => response.resume(), aheadMs);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200) resolve(hash.digest('hex'));
        else reject(new Error(`status ${response.statusCode ?? 0}`));
      });
    });
    download.on('error', reject);
    download.end();
  });
}
