import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { closeWithConnection } from './queued-response.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

describe('an answer that waits for its turn', () => {
  it('is closed once, with its connection or when it is out', async () => {
    const answers: ServerResponse[] = [];
    const closed: number[] = [];
    const server = createServer((request, response) => {
      const place = answers.push(response) - 1;
      closeWithConnection(request, response);
      response.on('close', () => closed.push(place));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(REQUEST.repeat(5));
    while (answers.length < 5) await once(server, 'request');

    answers[1]!.end('second');
    answers[0]!.end('first');
    await once(answers[1]!, 'close');
    expect(closed).toEqual([0, 1]);
    expect(answers[2]!.socket).not.toBeNull();
    socket.destroy();
    await once(answers[4]!, 'close');
    await new Promise((resolve) => setImmediate(resolve));
    expect([...closed].sort()).toEqual([0, 1, 2, 3, 4]);
    expect(answers.every(({ destroyed }) => destroyed)).toBe(true);
    server.close();
  });
});
