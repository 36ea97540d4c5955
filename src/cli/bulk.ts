import type { Answer } from './api/api-client.js';
import { CommandFailure } from './api/failure.js';
import { askFirst, type Confirmable } from './confirmation.js';
import { counted } from './output/format.js';
import type { Session } from './session.js';

/** What is done to all devices that match a filter. */
export interface BulkAction {
  readonly add_tags?: readonly string[];
  readonly remove_tags?: readonly string[];
  readonly channel?: string;
  readonly delete?: true;
}

/** A million devices take the server some minutes. */
const PATIENCE_MS = 30 * 60_000;
const PATH = '/api/ota/admin/devices';

/**
 * Counts the devices, asks, and does it only if the same number matches then.
 * @param describe says what is about to happen to so many devices: a sentence
 * @throws CommandFailure when none matches, or the answer is no
 */
export async function changeMatching(
  session: Session,
  q: string,
  action: BulkAction,
  options: Confirmable,
  describe: (devices: string) => string,
): Promise<Answer<{ changed: number }>> {
  const admin = session.admin();
  const { total = 0 } = await admin.send('GET', PATH, { query: { q, limit: 1 } });
  if (total === 0) throw new CommandFailure('No device matches; nothing was changed.');
  await askFirst(
    options,
    session,
    () => Promise.resolve(describe(counted(total, 'device'))),
    'Nothing was changed.',
  );
  return admin.send<{ changed: number }>('POST', `${PATH}/bulk`, {
    json: { q, expect: total, ...action },
    patienceMs: PATIENCE_MS,
  });
}
