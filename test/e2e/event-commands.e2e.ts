import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { EventLog } from '../../src/events/event-log.js';
import { eventually } from '../support/http-client.js';
import { Ota, type OtaRun } from '../support/run-ota.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

describe('the commands for events and webhooks', () => {
  let app: TestApp;
  let ota: Ota;
  let receiver: Server;

  beforeAll(async () => {
    app = await startTestApp({
      env: { WEBHOOK_ALLOW_PRIVATE: 'true' },
      limits: { eventSpanMs: 50, eventPollMs: 50, webhookPollMs: 50 },
    });
    ota = new Ota({ OTA_SERVER: app.url, OTA_TOKEN: app.token, NO_COLOR: '1' });
    receiver = createServer((_request, response) => response.writeHead(204).end());
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
  });
  afterAll(async () => {
    receiver.close();
    await app.close();
  });

  const record = (entity: string, data = {}): Promise<void> =>
    app.nest.get(EventLog, { strict: false }).recordAlone({ type: 'firmware.changed', entity, data });
  const printed = (run: OtaRun, text: string): Promise<void> =>
    eventually(async () => {
      await Promise.resolve();
      expect(run.stdout).toContain(text);
    });
  const stopped = async (run: OtaRun): Promise<void> => {
    run.interruption.interrupt();
    await run.outcome;
  };
  const open = (count: number): Promise<void> =>
    eventually(async () => {
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      expect(metrics).toMatch(new RegExp(`^ota_event_streams ${count}$`, 'm'));
    });

  it('follow what happens as lines of JSON, and go on after the connection broke', async () => {
    const run = ota.begin(['events', '--follow', '--kinds', 'firmware']);
    await open(1);
    await record('firmware:1', { version: '1.0.0' });
    await printed(run, 'firmware:1');
    app.nest.getHttpServer().closeAllConnections();
    await record('firmware:2');
    await record('firmware:3');
    await printed(run, 'firmware:3');
    await stopped(run);
    const lines = run.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ entity }) => entity)).toEqual(['firmware:1', 'firmware:2', 'firmware:3']);
    expect(lines[0]).toEqual({
      type: 'firmware.changed',
      timestamp: expect.any(String),
      entity: 'firmware:1',
      data: { version: '1.0.0' },
    });
  });

  it('show what happened as lines for people', async () => {
    await record('firmware:4', { firmware_id: 4, version: '1.0.0\u001b[31m' });
    const shown = await eventually(async () => {
      const outcome = await ota.runOnTerminal(['events', '--kinds', 'firmware', '--utc'], 140);
      expect(outcome.stdout).toContain('firmware:4');
      return outcome;
    });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}firmware\.changed +firmware:4 {2}version 1\.0\.0\\u\{1b\}\[31m, firmware_id 4$/m,
    );
  });

  it('say that events are missing', async () => {
    // While one is open, the server goes on from where it has read.
    await open(0);
    await app.database.query(
      `INSERT INTO event (place, type, entity, data)
       SELECT pg_current_xact_id()::text::bigint, 'attempt.pending', 'attempt:' || nth, '{}'
         FROM generate_series(1, 5001) AS nth`,
    );
    await eventually(async () => {
      const { code, stderr } = await ota.run(['events']);
      expect(code).toBe(0);
      expect(stderr).toContain('Events are missing here. What happened meanwhile is not known any more.');
    });
  });

  it.each([
    [['events', '--kinds', 'firmwares'], 2, /must be some of firmware, rollout/],
    [['events', '--token', 'x'], 1, /valid token/],
    [
      ['webhook', 'create', 'https://example.com/', '--events', 'x'],
      1,
      /There are no events "x".*WEBHOOK_EVENT_UNKNOWN/,
    ],
    [['webhook', 'create', 'ftp://example.com/', '--events', 'firmware'], 1, /WEBHOOK_URL_NOT_ALLOWED/],
    [['webhook', 'update', '1'], 2, /nothing to change/],
    [['webhook', 'delete', '1'], 2, /needs --yes/],
    [['webhook', 'test', '999'], 1, /There is no webhook 999/],
  ])('refuse %j with a reason', async (args, code, reason) => {
    const outcome = await ota.run(args);
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).toMatch(reason);
  });

  it('make, list, change, test and delete webhooks', async () => {
    expect((await ota.runOnTerminal(['webhook', 'list'])).stdout).toBe(
      'No webhooks. To make one: ota webhook create URL --events LIST\n',
    );
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    const made = await ota.run(['webhook', 'create', url, '--events', 'firmware,attempt.failed']);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toMatch(/^whsec_\S+\n$/);
    const [webhook] = JSON.parse((await ota.run(['webhook', 'list', '--json'])).stdout) as { id: number }[];
    const id = String(webhook!.id);
    expect(webhook).toMatchObject({ url, events: ['firmware', 'attempt.failed'], is_active: true });

    expect((await ota.runOnTerminal(['webhook', 'test', id])).stdout).toBe(
      'The message arrived: the receiver answered 204.\n',
    );
    await record('firmware:9');
    await eventually(async () => {
      const { stdout } = await ota.runOnTerminal(['webhook', 'deliveries', id]);
      expect(stdout).toMatch(/^ID +EVENT +ENTITY +STATE +TRIES/);
      expect(stdout).toMatch(/firmware\.changed +firmware:9 +delivered +1/);
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    });
    expect((await ota.runOnTerminal(['webhook', 'update', id, '--no-active'])).stdout).toBe(
      `Changed webhook ${id} (disabled).\n`,
    );
    const { stdout } = await ota.runOnTerminal(['webhook', 'list']);
    expect(stdout).toMatch(/^ID +URL +EVENTS +STATE +WAITING/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    await ota.run([
      'webhook',
      'update',
      id,
      '--url',
      'http://127.0.0.1:1/',
      '--active',
      '--description',
      'x',
    ]);
    const failed = await ota.run(['webhook', 'test', id]);
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining('ECONNREFUSED') });
    expect((await ota.run(['webhook', 'delete', id, '--yes'])).code).toBe(0);
    expect(JSON.parse((await ota.run(['webhook', 'list'])).stdout)).toEqual([]);
  });
});
