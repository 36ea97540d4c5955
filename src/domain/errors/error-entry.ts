/** What is said about one error code, to programs and to people. */
export interface ErrorEntry {
  /** Status of the answer; its title is the phrase that HTTP gives this status. */
  readonly status: number;
  /** What happened, as one sentence. */
  readonly meaning: string;
  /** A detail as the server sends it. */
  readonly example: string;
  /** What to do, for whoever publishes firmware or runs the server. */
  readonly advice: string;
  /** The same in the words of the `ota` command, where they differ: its flags instead of fields. */
  readonly command?: string;
  /** What the program on a device should do; only for codes that a device can get. */
  readonly device?: string;
}
