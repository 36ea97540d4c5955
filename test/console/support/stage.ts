import type { Answer } from '../../support/http-client.js';
import type { ConsoleServer } from './console-server.js';

/** Texts of people and devices as they may come: as a page, from right to left, as pictures, endless, without a space. */
const NASTY = {
  html: '<img src=x onerror="alert(1)"><script>alert(2)</script><b>bold</b>',
  rightToLeft: 'جهاز القياس \u202Eabc\u202C 42',
  emoji: '🛰 scale 🔧👩‍🚀🇱🇻',
  long: 'no space left on the partition '.repeat(70).slice(0, 2_000),
  word: 'W'.repeat(2_000),
} as const;

export interface Stage {
  /** The first has the name of a page, and so on, as in NASTY. */
  readonly deviceIds: readonly number[];
  /** Of the first. */
  readonly deviceId: number;
  readonly firmwareId: number;
  readonly rolloutId: number;
  readonly groupId: number;
}

const TYPE = 'scales_bridge';
const DEVICES = 30;
/** At most, of the names of devices and groups, and of an attribute. */
const NAME = 100;
const ATTRIBUTE = 64;

const shortened = (text: string, length: number): string => Array.from(text).slice(0, length).join('');
/** A name has no characters that nobody sees. */
const nameOf = (text: string): string =>
  shortened(text.replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, ''), NAME).trim();

/** @throws Error with what the server says against it */
async function taken(request: Promise<Answer>): Promise<void> {
  const { status, bytes } = await request;
  if (status >= 400) throw new Error(bytes.toString());
}

/** A server in use: a small fleet with difficult names, releases, groups, a rollout that runs, and failures that say much. */
export async function setStage(server: ConsoleServer): Promise<Stage> {
  const texts = Object.values(NASTY);
  const { client } = server;
  await server.publish(TYPE, '1.0.0', {
    release_notes: texts.join('\n'),
    description: texts.join(' '),
  });
  const deviceIds = Array.from({ length: DEVICES }, (_, index) => 0x24_6f_28_00_00_00 + index);
  const askAll = async (): Promise<void> => {
    for (const [index, device_id] of deviceIds.entries()) {
      const attributes = { hw_revision: 'B', site: shortened(texts[index % texts.length] ?? '', ATTRIBUTE) };
      await taken(client.check({ device_id, device_type: TYPE, current_version: '1.0.0', attributes }));
    }
  };
  await askAll();
  await server.knows(DEVICES);
  for (const [index, text] of texts.entries()) {
    const change = { name: nameOf(text), notes: text, tags: ['lab'] };
    await server.admin('PATCH', `/devices/${deviceIds[index]}`, change);
  }
  const group = (await server.admin('POST', '/groups', {
    name: nameOf(NASTY.word),
    description: NASTY.html,
    filter: `type:${TYPE} tag:lab`,
  })) as { id: number };
  await server.admin('POST', '/groups', { name: nameOf(NASTY.rightToLeft), description: NASTY.emoji });

  const firmwareId = await server.publish(TYPE, '1.1.0', {
    is_stable: false,
    build_number: 2,
    release_notes: texts.join('\n'),
  });
  const { id: rolloutId } = (await server.admin('POST', '/rollouts', {
    firmware_id: firmwareId,
    ramp: 'all',
    note: shortened(texts.join(' '), 2_000),
  })) as { id: number };
  await server.admin('POST', `/rollouts/${rolloutId}/start`);
  await askAll();
  for (const [index, error_message] of texts.entries()) {
    const attempt = { device_id: deviceIds[index], firmware_id: firmwareId };
    await taken(client.report({ ...attempt, status: 'downloading' }));
    await taken(client.report({ ...attempt, status: 'failed', error_message }));
  }
  return { deviceIds, deviceId: deviceIds[0] ?? 0, firmwareId, rolloutId, groupId: group.id };
}
