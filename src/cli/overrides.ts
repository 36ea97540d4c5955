import type { Command } from 'commander';
import type { Override } from '../domain/image-rules.js';

/** The flags that have a firmware taken all the same, as commander names them. */
export interface OverrideOptions {
  readonly allowVersionMismatch?: boolean;
  readonly allowChipChange?: boolean;
  readonly allowLowerSecureVersion?: boolean;
}

export const addOverrides = (command: Command): Command =>
  command
    .option('--allow-version-mismatch', 'though the image says another version')
    .option('--allow-chip-change', 'though it is for another chip than before')
    .option('--allow-lower-secure-version', 'though devices with anti-rollback refuse it');

/** For the wire; what is not given is left out. */
export const overridesOf = (options: OverrideOptions): Partial<Record<Override, boolean | undefined>> => ({
  allow_version_mismatch: options.allowVersionMismatch,
  allow_chip_change: options.allowChipChange,
  allow_lower_secure_version: options.allowLowerSecureVersion,
});
