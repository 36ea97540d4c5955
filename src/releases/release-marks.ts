import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/**
 * - `released`: devices begin to have it, so it is no draft any more.
 * - `stable`: it is in force for everybody.
 */
export type ReleaseMark = 'released' | 'stable';

/** Writes the mark and its event within a transaction. */
export type MarkWriter = (manager: EntityManager, firmwareId: number, mark: ReleaseMark) => Promise<void>;

/** Lets others than the owner of the table of firmware bring one into force. */
@Injectable()
export class ReleaseMarks {
  private writer: MarkWriter | undefined;

  /** To be called before the application has started, by the owner of the table. */
  writeWith(writer: MarkWriter): void {
    this.writer = writer;
  }

  /** Nothing is written where it has the mark already. */
  async mark(manager: EntityManager, firmwareId: number, mark: ReleaseMark): Promise<void> {
    if (!this.writer) throw new Error('Nobody writes the marks of releases.');
    await this.writer(manager, firmwareId, mark);
  }
}
