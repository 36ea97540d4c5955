import { connect, createServer, type AddressInfo } from 'node:net';

/** A way to a server that lets so many bytes of a connection pass, and then no more, without cutting it. */
export async function startNarrowWay(
  serverUrl: string,
  limit: number,
): Promise<{ readonly url: string; close(): void }> {
  const { hostname, port } = new URL(serverUrl);
  const way = createServer((client) => {
    const server = connect(Number(port), hostname);
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      server.write(chunk.subarray(0, Math.max(0, limit - passed)));
      passed += chunk.length;
    });
    server.pipe(client);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.destroy();
      });
    }
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => way.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(way.address() as AddressInfo).port}`,
    close: () => {
      way.close();
    },
  };
}
