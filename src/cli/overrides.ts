import type { Command } from 'commander';
import type { Overrides } from '../domain/overrides.js';

/** The flags that have a firmware taken all the same: commander names them as the rules do. */
export type OverrideOptions = Overrides;

const OF_THE_FILE = [
  ['--allow-version-mismatch', 'though the image says another version or build'],
  ['--allow-unparsable-version', 'though devices that run it could not be offered anything after it'],
  ['--allow-unknown-format', 'though it is no ESP32 application image'],
] as const;

const OF_THE_FLEET = [
  ['--allow-chip-change', 'though it is for another chip than before'],
  ['--allow-lower-secure-version', 'though devices with anti-rollback refuse it'],
] as const;

/** Those that an upload takes: they are about the file alone. */
export const addFileOverrides = (command: Command): Command => add(command, OF_THE_FILE);

export const addOverrides = (command: Command): Command => add(command, [...OF_THE_FILE, ...OF_THE_FLEET]);

function add(command: Command, flags: readonly (readonly [string, string])[]): Command {
  for (const [flag, meaning] of flags) command.option(flag, meaning);
  return command;
}

/** For the wire; what is not given is left out. */
export const fileOverridesOf = (options: OverrideOptions): Record<string, boolean | undefined> => ({
  allow_version_mismatch: options.allowVersionMismatch,
  allow_unparsable_version: options.allowUnparsableVersion,
  allow_unknown_format: options.allowUnknownFormat,
});

export const overridesOf = (options: OverrideOptions): Record<string, boolean | undefined> => ({
  ...fileOverridesOf(options),
  allow_chip_change: options.allowChipChange,
  allow_lower_secure_version: options.allowLowerSecureVersion,
});
