export interface Commands {
  /** Without the `ota`: `rollouts pause 12`. Words of people go through shellWord(). */
  readonly ota: string;
  /** The request that it stands for. */
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** With its query: `/api/ota/admin/devices?q=…`. */
  readonly path: string;
  /** JSON. */
  readonly body?: unknown;
  /** A form instead: its fields as curl takes them, such as `file=@build/app.bin`. */
  readonly form?: readonly string[];
  /** What it does, in the words of its button. Only where there are others beside it. */
  readonly name?: string;
}
