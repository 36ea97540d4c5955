/** The texts for one error code. */
export interface ErrorEntry {
  /** Status of the response; its title is the HTTP reason phrase. */
  readonly status: number;
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** An example of the detail that the server sends. */
  readonly example: string;
  /** What to do, for people who publish firmware or run the server. */
  readonly advice: string;
  /** The advice in terms of the `ota` command, if it differs: flags instead of fields. */
  readonly command?: string;
  /** What the program on a device should do; only for codes that a device can get. */
  readonly device?: string;
}
