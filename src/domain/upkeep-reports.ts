/* What the programs that run beside the server tell the commands that start them. */

/** What a program tells the command that started it, over the channel that Node makes between them. */
export type ProgramMessage =
  | { readonly progress: string }
  | { readonly result: unknown }
  | { readonly failure: { readonly code: string | null; readonly sentence: string } };

/** What is not as it should be. */
export type Finding =
  | { readonly kind: 'missing' | 'damaged'; readonly path: string; readonly firmware: FirmwareName }
  /** A file that no firmware refers to, and that was last written more than a day ago. */
  | {
      readonly kind: 'unreferenced';
      readonly path: string;
      readonly size: number;
      readonly isRepaired: boolean;
    }
  /** A file of an upload that was broken off. */
  | { readonly kind: 'leftover'; readonly path: string; readonly isRepaired: boolean }
  /** The totals of a list are not those of its rows. */
  | { readonly kind: 'totals'; readonly list: 'firmware' | 'logs' | 'devices'; readonly isRepaired: boolean }
  /** The first row of the audit log that was changed, removed, moved or added by hand, in a sentence. */
  | { readonly kind: 'audit'; readonly reason: string };

export interface FirmwareName {
  readonly id: number;
  readonly deviceType: string;
  readonly version: string;
  readonly buildNumber: number;
}

export interface FsckReport {
  /** In the store. */
  readonly files: number;
  /** Of the audit log that are as they were written. */
  readonly auditRows: number;
  readonly findings: readonly Finding[];
}

/** A firmware whose file is not in a backup as it should be. */
export interface LackingFile {
  readonly firmwareId: number;
  readonly path: string;
  /** removed: on purpose, while the backup was made. */
  readonly what: 'missing' | 'damaged' | 'removed';
}

export interface BackupReport {
  readonly tables: number;
  readonly files: number;
  readonly lacking: readonly LackingFile[];
}

export interface RestoreReport {
  readonly createdAt: string;
  readonly tables: number;
  readonly files: number;
  /** As the backup says it of its firmware. */
  readonly lacking: readonly LackingFile[];
}

/** A file that was not copied. */
export interface NotCopied {
  readonly path: string;
  /**
   * missing: a firmware refers to it, but the store has no such file. damaged: it is not what was registered. taken: the
   * other store has other bytes under its name.
   */
  readonly what: 'missing' | 'damaged' | 'taken';
}

export interface CopyReport {
  /** Files that were copied by this run. */
  readonly copied: number;
  /** Of these, in bytes. */
  readonly bytes: number;
  /** Files that were there already, with the same bytes. */
  readonly present: number;
  readonly notCopied: readonly NotCopied[];
}
