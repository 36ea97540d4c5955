import { InvalidArgumentError, type Command } from 'commander';
import { EVENT_KINDS, isEventKind } from '../../domain/event-types.js';
import { Unreachable } from '../api/api-client.js';
import { partsOf } from '../api/event-stream.js';
import { Refusal } from '../api/problem.js';
import type { WireEvent } from '../api/wire/events.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { eventLine } from '../output/events.js';
import { inSession, type Session } from '../session.js';

interface EventsOptions {
  readonly kinds?: string;
  readonly follow?: boolean;
}

const PATH = '/api/ota/admin/events';
/** Three heartbeats of the server. */
const LONGEST_SILENCE_MS = 45_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export function addEvents(program: Command, io: Io): void {
  const command = program
    .command('events')
    .summary('show what happens')
    .description(
      'Shows what happened in the last hour, the oldest first; with --follow what happens from now on. Of an entity to which ' +
        'much happens only the newest is shown, at most once a second. On a pipe each event is a line of JSON.',
    )
    .option('--follow', 'print new events until Ctrl-C; continues after the connection broke')
    .option('--kinds <list>', `only these, separated by commas: ${EVENT_KINDS.join(', ')}`, kinds)
    .action(inSession(io, events));
  examples(command, [
    ['Watch a release', 'ota events --follow --kinds firmware,attempt'],
    [
      'Hand failures to a program',
      'ota events --follow --kinds attempt --json | jq -c \'select(.data.status == "failed")\'',
    ],
  ]);
}

function kinds(text: string): string {
  if (text.split(',').every(isEventKind)) return text;
  throw new InvalidArgumentError(`It must be some of ${EVENT_KINDS.join(', ')}, separated by commas.`);
}

async function events({ kinds: chosen, follow }: EventsOptions, session: Session): Promise<void> {
  const stream = new FollowedStream(session, chosen);
  await (follow === true ? stream.follow() : stream.showLast());
}

class FollowedStream {
  private lastEventId = '';

  constructor(
    private readonly session: Session,
    private readonly kinds: string | undefined,
  ) {}

  /** All that the server still knows of the last hour. */
  async showLast(): Promise<void> {
    // Before everything, as of now.
    this.lastEventId = `0-0-${Math.floor(this.session.io.now() / 1000)}`;
    await this.read(true);
  }

  /** Until it is interrupted. */
  async follow(): Promise<never> {
    for (let pause = FIRST_PAUSE_MS, isLost = false; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.read(false, () => {
          if (isLost) this.session.output.warn('The server is reachable again.');
          isLost = false;
          pause = FIRST_PAUSE_MS / 2;
        });
      } catch (error) {
        if (!mayPass(error)) throw error;
        if (!isLost) this.session.output.warn(`${error.message} Retrying until Ctrl-C.`);
        isLost = true;
      }
      await this.session.io.sleep(pause);
    }
  }

  /** @param isLast whether to end where the server has told all that it knew @param onOpen when it answers */
  private async read(isLast: boolean, onOpen: () => void = () => undefined): Promise<void> {
    const { session, kinds, lastEventId } = this;
    const headers: Record<string, string> = lastEventId === '' ? {} : { 'Last-Event-ID': lastEventId };
    const admin = session.admin();
    const response = await admin.stream(PATH, { query: { kinds }, headers }, LONGEST_SILENCE_MS);
    onOpen();
    try {
      for await (const part of partsOf(response, lastEventId)) {
        this.lastEventId = part.lastEventId;
        if (part.event) this.show(part.event.event, part.event.data);
        else if (isLast) return;
      }
    } catch (error) {
      throw session.io.interruption.signal.aborted ? error : new Unreachable(admin.server, error);
    } finally {
      response.destroy();
    }
  }

  private show(event: string, data: string): void {
    const { output } = this.session;
    if (event === 'reset') {
      const { reason } = JSON.parse(data) as { reason: string };
      output.warn(`Events are missing here. ${reason}`);
    } else if (output.isForPeople) {
      output.line(eventLine(JSON.parse(data) as WireEvent, output.times, output.style));
    } else output.json(data);
  }
}

const mayPass = (error: unknown): error is Unreachable | Refusal =>
  error instanceof Unreachable ||
  (error instanceof Refusal && (error.problem.status >= 500 || error.problem.status === 429));
