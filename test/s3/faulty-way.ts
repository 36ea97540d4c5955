import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a network or an object store can do to a request. */
export type Fault = 'none' | 'away' | 'slow' | 'silent' | 'body cut' | 'upload cut' | 'answer lost';

const SLOW_MS = 150;
const CUT_AFTER = 100_000;

/** A way to an object store, on which all of that can happen. */
export class FaultyWay {
  fault: Fault = 'none';
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly endpoint: string,
  ) {}

  static async to(target: number): Promise<FaultyWay> {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const way = new FaultyWay(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => {
      way.forward(client, target);
    });
    return way;
  }

  /** Connections that stand are cut, so that each request meets the fault. */
  set(fault: Fault): void {
    this.fault = fault;
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private forward(client: Socket, target: number): void {
    this.sockets.add(client);
    client.on('error', () => undefined).on('close', () => this.sockets.delete(client));
    if (this.fault === 'away') {
      client.resetAndDestroy();
      return;
    }
    if (this.fault === 'silent') return;
    const { fault } = this;
    const store = connect(target, '127.0.0.1');
    const end = (): void => {
      client.destroy();
      store.destroy();
    };
    store.on('error', end).on('close', end);
    client.on('close', () => store.destroy());
    const passage = (to: Socket, isCut: boolean): ((bytes: Buffer) => void) => {
      let passed = 0;
      return (bytes) => {
        const send = (): void => {
          if (isCut && passed + bytes.length > CUT_AFTER) end();
          else if (!to.destroyed) to.write(bytes);
          passed += bytes.length;
        };
        if (fault === 'slow') setTimeout(send, SLOW_MS);
        else send();
      };
    };
    let isUpload = false;
    const toStore = passage(store, fault === 'upload cut');
    const toClient = passage(client, fault === 'body cut');
    client.on('data', (bytes) => {
      isUpload ||= bytes.subarray(0, 4).toString() === 'PUT ';
      toStore(bytes);
    });
    store.on('data', (bytes) => {
      // What asks for the body of the upload is not its answer.
      const isAnswer = !bytes.toString('latin1').startsWith('HTTP/1.1 100');
      if (fault === 'answer lost' && isUpload && isAnswer) end();
      else toClient(bytes);
    });
  }
}
