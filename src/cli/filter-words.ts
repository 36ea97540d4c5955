import { Command } from 'commander';
import { parseDeviceId } from '../domain/device-id.js';
import { FilterFault, MAC_BEGINNING, tokensOf } from '../domain/filter/tokens.js';
import { UsageFailure } from './api/failure.js';

/** A filter as it stands on the command line, where a shell has cut it into words. */
export const filterOf = (words: unknown): string => (words as readonly string[]).join(' ').trim();

/** A command line cannot hold this character, so it hides the minus of a word from commander. */
const HIDDEN = '\0';
/** A short option is one letter. */
const EXCLUSION = /^-[^-]./s;

/** A command with a filter, in which a word such as `-seen:7d` excludes devices although it looks like an option. */
export class FilterCommand extends Command {
  override parseOptions(words: string[]): ReturnType<Command['parseOptions']> {
    const { operands, unknown } = super.parseOptions(this.hideExclusions(words));
    return { operands: operands.map(shown), unknown: unknown.map(shown) };
  }

  /** @returns whether a word with a minus before it belongs to the filter */
  protected excludes(word: string): boolean {
    return EXCLUSION.test(word);
  }

  private hideExclusions(words: readonly string[]): string[] {
    const end = words.indexOf('--');
    return words.map((word, index) => {
      const isValue = this.options.some(
        (option) => option.required && [option.short, option.long].includes(words[index - 1] ?? ''),
      );
      const isOpen = end === -1 || index < end;
      return isOpen && !isValue && this.excludes(word) ? HIDDEN + word : word;
    });
  }
}

const shown = (word: string): string => (word.startsWith(HIDDEN) ? word.slice(1) : word);

/**
 * Refuses an id that stands alone in a filter of devices that are to be changed: it finds every device whose id begins so.
 * @throws UsageFailure
 */
export function requireNamedIds(filter: string): void {
  const alone = wordsOf(filter).find((word) => parseDeviceId(word) !== null || MAC_BEGINNING.test(word));
  if (alone === undefined) return;
  throw new UsageFailure(
    `${alone} alone finds every device whose id or name begins so: write id:${alone} for one device.`,
  );
}

/** The words without a key and without quotes; of a text that is no filter none, because the server says why. */
function wordsOf(filter: string): string[] {
  try {
    return tokensOf(filter).flatMap((token) =>
      token.kind === 'term' && token.key === null && !token.isQuoted ? [token.value] : [],
    );
  } catch (error) {
    if (error instanceof FilterFault) return [];
    throw error;
  }
}
