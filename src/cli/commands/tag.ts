import type { Command } from 'commander';
import { changeMatching } from '../bulk.js';
import { UsageFailure } from '../api/failure.js';
import { requireAnswerable, YES, type Confirmable } from '../confirmation.js';
import { FilterCommand, filterOf, requireNamedIds } from '../filter-words.js';
import type { Io } from '../io.js';
import { examples } from '../options.js';
import { counted } from '../output/format.js';
import { inSession, type Session } from '../session.js';

interface TagOptions extends Confirmable {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly channel?: string;
}

/** A word such as `-lab` takes a tag away, although it looks like options; `-y` and `-h` are such. */
const REMOVAL = /^-(?!-)(?!(?:y|h)$)([a-z0-9][a-z0-9._-]*)$/;

/** What a tag cannot hold is in a filter. */
const FILTER = /[:"\s()]/;

class TagCommand extends FilterCommand {
  protected override excludes(word: string): boolean {
    return super.excludes(word) && FILTER.test(word);
  }

  override parseOptions(words: string[]): ReturnType<Command['parseOptions']> {
    return super.parseOptions(words.map((word) => word.replace(REMOVAL, '--remove=$1')));
  }
}

const gather = (tag: string, tags: readonly string[] = []): readonly string[] => [...tags, tag];

export function addTag(program: Command, io: Io): void {
  const command = new TagCommand('tag')
    .summary('tag devices, or move them to a channel')
    .description(
      'Adds and removes tags of all devices that match a filter, and moves them to a channel. Shows how many match and asks ' +
        'for confirmation.',
    )
    .usage('<filter> [+tag] [-tag] [options]')
    .argument('<filter...>', 'the devices, then +tag for each tag to add and -tag for each to remove')
    .option('--add <tag>', 'same as +tag', gather)
    .option('--remove <tag>', 'same as -tag', gather)
    .option('--channel <name>', 'move the devices to this channel')
    .option(...YES)
    .action(inSession(io, tag));
  command.copyInheritedSettings(program);
  program.addCommand(command);
  examples(command, [
    ['Tag ten devices as testers', 'ota tag "id:100..109" +beta -lab'],
    ['Tag what has another tag missing', 'ota tag type:scales "-tag:lab" +field'],
    ['Move a site to another channel', 'ota tag group:munich --channel beta'],
  ]);
}

async function tag(options: TagOptions, session: Session, [words]: readonly unknown[]): Promise<void> {
  const given = words as readonly string[];
  const q = filterOf(given.filter((word) => !word.startsWith('+')));
  const added = given.filter((word) => word.startsWith('+')).map((word) => word.slice(1));
  const add_tags = [...added, ...(options.add ?? [])];
  const remove_tags = options.remove ?? [];
  const { channel } = options;
  if (q === '') throw new UsageFailure('Specify a filter before the tags, such as type:scales.');
  requireNamedIds(q);
  if (add_tags.length + remove_tags.length === 0 && channel === undefined) {
    throw new UsageFailure('There is nothing to change: specify +tag, -tag or --channel.');
  }
  requireAnswerable(options, session, 'ota tag');
  const what = [
    ...(add_tags.length > 0 ? [`add ${add_tags.join(', ')}`] : []),
    ...(remove_tags.length > 0 ? [`remove ${remove_tags.join(', ')}`] : []),
    ...(channel === undefined ? [] : [`move to the channel ${channel}`]),
  ].join(', ');
  const action = {
    ...(add_tags.length > 0 && { add_tags }),
    ...(remove_tags.length > 0 && { remove_tags }),
    ...(channel !== undefined && { channel }),
  };
  const describe = (devices: string): string => `Change ${devices} that match ${q}: ${what}.`;
  const answer = await changeMatching(session, q, action, options, describe);
  session.output.show(answer, ({ changed }) => `Changed ${counted(changed, 'device')}.`);
}
