import type { Command } from 'commander';
import type { Explanation } from '../api/wire/devices.js';
import type { Io } from '../io.js';
import { deviceId, examples } from '../options.js';
import { renderExplanation } from '../output/explanation.js';
import { inSession, type Session } from '../session.js';

export function addWhy(program: Command, io: Io): void {
  const command = program
    .command('why')
    .summary('explain why a device is not updated')
    .description(
      'Shows the steps of the decision that answers the checks of a device. At most one is marked ✗: the reason why the ' +
        'device is not updated.',
    )
    .argument('<id>', 'id of the device: a number or a MAC address', deviceId)
    .action(inSession(io, why));
  examples(command, [['Explain a device', 'ota why 24:6f:28:03:7e:51']]);
}

async function why(_options: object, session: Session, [id]: readonly unknown[]): Promise<void> {
  const path = `/api/ota/admin/devices/${id as number}/explain`;
  const answer = await session.admin().send<Explanation>('GET', path);
  session.output.show(answer, (body) => renderExplanation(body, session.output));
}
