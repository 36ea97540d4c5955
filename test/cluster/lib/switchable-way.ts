import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a PostgreSQL that can be led to another one, and on which nothing may pass without anybody being told. */
export class SwitchableWay {
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private isCut = false;

  private constructor(
    private target: URL,
    private readonly listener: ReturnType<typeof createServer>,
  ) {
    listener.on('connection', (client) => {
      this.join(client);
    });
  }

  static async start(serverUrl: string): Promise<SwitchableWay> {
    const listener = createServer();
    const way = new SwitchableWay(new URL(serverUrl), listener);
    listener.listen(0, '127.0.0.1');
    await new Promise((resolve) => listener.once('listening', resolve));
    return way;
  }

  /** The URL of the server, by this way. */
  get url(): string {
    const url = new URL(this.target);
    url.host = `127.0.0.1:${(this.listener.address() as AddressInfo).port}`;
    return url.href;
  }

  /** As a network that is parted: connections stand, new ones are accepted, and not a byte arrives. */
  cut(): void {
    this.isCut = true;
  }

  /** The network is whole; what stood on it has been given up by both sides. */
  heal(): void {
    this.isCut = false;
    this.reset();
  }

  /** As an address that follows the primary. */
  leadTo(serverUrl: string): void {
    this.target = new URL(serverUrl);
    this.reset();
  }

  close(): Promise<void> {
    this.reset();
    return new Promise((resolve) => this.listener.close(() => resolve()));
  }

  private join(client: Socket): void {
    const server = connect(Number(this.target.port), this.target.hostname);
    const pair = [client, server] as const;
    this.pairs.add(pair);
    for (const [one, other] of [pair, [server, client]] as const) {
      one.on('data', (bytes: Buffer) => {
        if (!this.isCut) other.write(bytes);
      });
      one.on('error', () => undefined);
      one.on('close', () => {
        this.pairs.delete(pair);
        other.destroy();
      });
    }
  }

  private reset(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }
}
