import { ROLLOUT_FIELDS, type WireRolloutDetail } from '../api/wire/rollouts.js';
import { activity } from '../output/progress.js';
import { wholeNumber } from '../options.js';
import { describeRollout, watchLine } from '../output/rollouts.js';
import type { Session } from '../session.js';

export const ROLLOUTS_PATH = '/api/ota/admin/rollouts';
export const ROLLOUT_ARGUMENT = [
  '<id>',
  'id of the rollout, as shown by ota rollout list',
  wholeNumber(1),
] as const;
export const WATCH = ['--watch', 'show in one line where it stands, until it halts or ends'] as const;

const EVERY_MS = 2_000;
/** It does not go on by itself any more. */
const AT_REST = new Set(['draft', 'waiting_for_approval', 'paused', 'halted', 'finished', 'aborted']);

/** Shows where a rollout stands until somebody has to act, or it has ended; then all of it. */
export async function watchRollout(session: Session, id: number): Promise<void> {
  const { io, output } = session;
  const line = activity(io, output.isForPeople && io.stderr.isTTY === true);
  try {
    for (;;) {
      const answer = await session.admin().send<WireRolloutDetail>('GET', `${ROLLOUTS_PATH}/${id}`);
      line.show(watchLine(answer.body));
      if (AT_REST.has(answer.body.state)) {
        line.stop();
        output.show(answer, describeRollout, ROLLOUT_FIELDS);
        return;
      }
      await io.sleep(EVERY_MS);
    }
  } finally {
    line.stop();
  }
}
