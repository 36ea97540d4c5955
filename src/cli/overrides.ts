import type { Command } from 'commander';
import type { Overrides } from '../domain/overrides.js';

/** The flags that have a firmware taken all the same: commander names them as the rules do. */
export type OverrideOptions = Overrides;

const OF_THE_FILE = [
  ['--allow-version-mismatch', 'accept an image that contains another version or build'],
  ['--allow-unparsable-version', 'accept it even though devices that run it cannot be updated again'],
  ['--allow-unknown-format', 'accept a file that is not an ESP32 application image'],
] as const;

const OF_THE_FLEET = [
  ['--allow-chip-change', 'accept an image for a different chip than before'],
  ['--allow-lower-secure-version', 'accept it even though devices with anti-rollback reject it'],
] as const;

/** Adds the overrides that an upload accepts, which concern only the file. */
export const addFileOverrides = (command: Command): Command => add(command, OF_THE_FILE);

export const addOverrides = (command: Command): Command => add(command, [...OF_THE_FILE, ...OF_THE_FLEET]);

function add(command: Command, flags: readonly (readonly [string, string])[]): Command {
  for (const [flag, meaning] of flags) command.option(flag, meaning);
  return command;
}

/** The request fields for the overrides; undefined fields are not sent. */
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
