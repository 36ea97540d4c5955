interface Waiting {
  readonly bytes: number;
  readonly begin: () => void;
}

/**
 * Spreads the sending of images and documents over turns of the event loop, whichever connections they are for. To hand
 * a megabyte to the kernel takes about a millisecond; when thousands ask at once, whoever only checks would wait for all
 * of them.
 */
export class SendTurns {
  private readonly waiting: Waiting[] = [];
  private left: number;
  private isScheduled = false;

  /** @param bytesPerTurn that may be begun in one turn; the last of them may go beyond */
  constructor(private readonly bytesPerTurn: number) {
    this.left = bytesPerTurn;
  }

  /** @returns undefined when it may be sent in this turn, else a promise of its own turn; first come, first served */
  take(bytes: number): Promise<void> | undefined {
    this.schedule();
    if (this.left > 0 && this.waiting.length === 0) {
      this.left -= bytes;
      return undefined;
    }
    return new Promise((resolve) => {
      this.waiting.push({ bytes, begin: resolve });
    });
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.left = this.bytesPerTurn;
      while (this.left > 0) {
        const next = this.waiting.shift();
        if (!next) return;
        this.left -= next.bytes;
        next.begin();
        this.schedule();
      }
    });
  }
}

/** Of all that is sent from memory: a millisecond or two of work in each turn. */
export const sendTurns = new SendTurns(1024 * 1024);
