/** The object store did not answer, or did not go on, within a deadline. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';

  /** @param ms the deadline */
  constructor(readonly ms: number) {
    super(`no answer within ${ms / 1000} s`);
  }
}

/** Aborts work that has been silent for too long. */
export class Patience {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private isOver = false;

  constructor(private readonly ms: number) {
    this.renew();
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The work goes on: the deadline counts from now. */
  renew(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.isOver = true;
      this.controller.abort();
    }, this.ms);
  }

  /**
   * Waits for the work, which must end when the signal is aborted.
   * @throws NoAnswer when the deadline passed before its end
   */
  async while<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.isOver ? new NoAnswer(this.ms) : error;
    } finally {
      clearTimeout(this.timer);
    }
  }
}
