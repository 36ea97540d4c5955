import type { ApiClient } from './api/api-client.js';
import { CommandFailure, UsageFailure } from './api/failure.js';
import { Refusal } from './api/problem.js';
import type { Audience, Firmware } from './api/wire/firmware.js';
import { columnsOf } from './io.js';
import { counted, whole } from './output/format.js';
import { printable, wrap } from './output/text.js';
import { canAsk, confirm } from './prompt.js';
import type { Session } from './session.js';

/** A change that affects the fleet asks a person once; a pipeline passes `--yes`. */
export interface Confirmable {
  readonly yes?: boolean;
}

export const YES = ['-y, --yes', 'do not ask for confirmation; required in a pipeline'] as const;

/**
 * Refuses a change that needs a confirmation when there is no terminal to ask on. Call it before sending anything.
 * @param what the command or flag that needs the confirmation, as written on the command line
 * @throws UsageFailure when there is no terminal to ask on
 */
export function requireAnswerable({ yes }: Confirmable, session: Session, what: string): void {
  if (yes === true || canAsk(session.io)) return;
  throw new UsageFailure(`${what} needs --yes when there is no terminal to ask on.`);
}

/**
 * Asks for confirmation unless `--yes` was given.
 * @param describe returns sentences that say what is about to happen
 * @param otherwise the message after a no
 * @throws CommandFailure when the answer is no
 */
export async function askFirst(
  { yes }: Confirmable,
  { io }: Session,
  describe: () => Promise<string>,
  otherwise: string,
): Promise<void> {
  if (yes === true) return;
  const text = printable(`${await describe()} Continue?`);
  // Leave room for the answer on the same line.
  const question = wrap(text, columnsOf(io.stderr) - ' [y/N] y'.length).join('\n');
  if (!(await confirm(question, io))) throw new CommandFailure(otherwise);
}

/** The fields of a firmware, registered or not, that determine its audience. */
export type Candidate = Pick<Firmware, 'device_type' | 'version' | 'build_number' | 'min_current_version'>;

/** Which devices a firmware is for. @returns null: they could not be counted */
export async function readAudience(admin: ApiClient, candidate: Candidate): Promise<Audience | null> {
  const { device_type, version, build_number, min_current_version } = candidate;
  const query = { device_type, version, build_number, min_current_version: min_current_version ?? undefined };
  try {
    const { body } = await admin.send<Audience>('GET', '/api/ota/admin/devices/audience', { query });
    return body;
  } catch (error) {
    // Stopping a release must be possible even if counting the devices fails.
    if (error instanceof Refusal && error.problem.status !== 401) return null;
    throw error;
  }
}

/** `500 devices of this type, 480 would be offered it now`. */
export async function describeAudience(
  admin: ApiClient,
  candidate: Candidate,
  say: (offered: string) => string,
): Promise<string> {
  const audience = await readAudience(admin, candidate);
  if (audience === null) return 'the number of devices is unknown';
  if (audience.devices === 0) return 'no device of this type has checked yet';
  return `${counted(audience.devices, 'device')} of this type, ${say(whole(audience.would_be_offered))}`;
}

export const wouldBeOffered = (count: string): string => `${count} would be offered it now`;
