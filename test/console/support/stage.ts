import type { ConsoleServer } from './console-server.js';

/** Texts of people and devices as they may come: as a page, long, from right to left, as pictures. */
const NASTY = {
  html: '<img src=x onerror="alert(1)"><b>bold</b>',
  rightToLeft: 'جهاز القياس 42',
  emoji: '🛰 scale 🔧',
  long: 'no space left on the partition '.repeat(60).slice(0, 1_900),
} as const;

export interface Stage {
  readonly deviceId: number;
  readonly firmwareId: number;
  readonly rolloutId: number;
}

const TYPE = 'scales_bridge';

/** A server in use: a small fleet with difficult names, releases, groups, a rollout that runs, and users of each role. */
export async function setStage(server: ConsoleServer): Promise<Stage> {
  await server.publish(TYPE, '1.0.0', {
    release_notes: NASTY.html,
    description: NASTY.emoji,
  });
  const ids = Array.from({ length: 30 }, (_, index) => 0x24_6f_28_00_00_00 + index);
  for (const device_id of ids) {
    const question = {
      device_id,
      device_type: TYPE,
      current_version: '1.0.0',
      attributes: { hw_revision: 'B' },
    };
    await server.client.check(question);
  }
  await server.knows(ids.length);
  const [first = 0, ...others] = ids;
  const names = [NASTY.html, NASTY.rightToLeft, NASTY.emoji];
  for (const [index, name] of names.entries()) {
    await server.admin('PATCH', `/devices/${[first, ...others][index]}`, { name, tags: ['lab'] });
  }
  await server.admin('POST', '/groups', { name: NASTY.emoji, filter: `type:${TYPE} tag:lab` });
  const nextId = await server.publish(TYPE, '1.1.0', {
    is_stable: false,
    build_number: 2,
    release_notes: NASTY.html,
  });
  const { id: rolloutId } = (await server.admin('POST', '/rollouts', { firmware_id: nextId })) as {
    id: number;
  };
  await server.admin('POST', `/rollouts/${rolloutId}/start`).catch(() => undefined);
  for (const device_id of ids) {
    await server.client.check({
      device_id,
      device_type: TYPE,
      current_version: '1.0.0',
      attributes: { hw_revision: 'B' },
    });
  }
  await server.client.report({ device_id: first, firmware_id: nextId, status: 'downloading' });
  await server.client.report({
    device_id: first,
    firmware_id: nextId,
    status: 'failed',
    error_message: NASTY.long,
  });
  return { deviceId: first, firmwareId: nextId, rolloutId };
}
