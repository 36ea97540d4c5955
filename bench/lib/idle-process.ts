import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Opens connections, asks once over each, and keeps them; in a process of its own. */
export interface IdleOrder {
  readonly port: number;
  readonly connections: number;
  /** The whole request. */
  readonly request: string;
}

const AT_ONCE = 100;
const sockets: Socket[] = [];

process.once('message', (order: IdleOrder) => {
  void open(order).then(() => process.send?.(sockets.length));
});
process.once('disconnect', () => process.exit());

async function open({ port, connections, request }: IdleOrder): Promise<void> {
  while (sockets.length < connections) {
    const some = await Promise.all(Array.from({ length: AT_ONCE }, () => askOnce(port, request)));
    sockets.push(...some);
  }
}

async function askOnce(port: number, request: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (!answer.toString().startsWith('HTTP/1.1 200')) throw new Error(`The answer was ${answer.toString()}`);
  return socket;
}
