import type { ApiClient } from './api/api-client.js';
import { CommandFailure, UsageFailure } from './api/failure.js';
import { Refusal } from './api/problem.js';
import type { Audience, Firmware } from './api/wire.js';
import { columnsOf } from './io.js';
import { counted, whole } from './output/format.js';
import { printable, wrap } from './output/text.js';
import { canAsk, confirm } from './prompt.js';
import type { Session } from './session.js';

/** Before something that the whole fleet notices, a person is asked once; a pipeline says `--yes`. */
export interface Confirmable {
  readonly yes?: boolean;
}

export const YES = ['-y, --yes', 'do not ask; a pipeline needs it'] as const;

/**
 * Called before anything is sent.
 * @param what that which needs a yes, as it is written on the command line
 * @throws UsageFailure where there is nobody to ask
 */
export function requireAnswerable({ yes }: Confirmable, session: Session, what: string): void {
  if (yes === true || canAsk(session.io)) return;
  throw new UsageFailure(`${what} needs --yes where nobody can be asked.`);
}

/**
 * Asks unless `--yes` was given.
 * @param describe what is about to happen, in sentences
 * @param otherwise what to say after a no
 * @throws CommandFailure when the answer is no
 */
export async function askFirst(
  { yes }: Confirmable,
  { io }: Session,
  describe: () => Promise<string>,
  otherwise: string,
): Promise<void> {
  if (yes === true) return;
  const text = printable(`${await describe()} Go on?`);
  // One column is kept free for the answer to begin on the same line.
  const question = wrap(text, columnsOf(io.stderr) - ' [y/N] y'.length).join('\n');
  if (!(await confirm(question, io))) throw new CommandFailure(otherwise);
}

/** A firmware, registered or not, as far as its audience goes. */
export type Candidate = Pick<Firmware, 'device_type' | 'version' | 'build_number' | 'min_current_version'>;

/** `500 devices of this type, 480 would be offered it now`. */
export async function describeAudience(
  admin: ApiClient,
  candidate: Candidate,
  say: (offered: string) => string,
): Promise<string> {
  const { device_type, version, build_number, min_current_version } = candidate;
  const query = { device_type, version, build_number, min_current_version: min_current_version ?? undefined };
  try {
    const { body } = await admin.send<Audience>('GET', '/api/ota/admin/devices/audience', { query });
    if (body.devices === 0) return 'no device of this type has asked yet';
    return `${counted(body.devices, 'device')} of this type, ${say(whole(body.would_be_offered))}`;
  } catch (error) {
    // What counts the devices may be out of order when a release is to be stopped.
    if (error instanceof Refusal && error.problem.status !== 401) return 'the number of devices is not known';
    throw error;
  }
}

export const wouldBeOffered = (count: string): string => `${count} would be offered it now`;
