/** What a publisher may say to have a firmware taken all the same. */
export const OVERRIDES = [
  'allowVersionMismatch',
  'allowUnparsableVersion',
  'allowUnknownFormat',
  'allowChipChange',
  'allowLowerSecureVersion',
] as const;
export type Override = (typeof OVERRIDES)[number];
export type Overrides = Readonly<Partial<Record<Override, boolean | undefined>>>;
