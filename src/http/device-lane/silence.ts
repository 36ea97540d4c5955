const CHECKS_PER_PATIENCE = 10;

/**
 * Who has been silent for too long, give or take a tenth. One timer for all of them: one for each would cost as much as
 * the check that it guards.
 */
export class Silence<T> {
  private readonly since = new Map<T, number>();
  private readonly timer: NodeJS.Timeout;

  constructor(patienceMs: number, onSilence: (item: T) => void) {
    this.timer = setInterval(() => {
      const overdue = performance.now() - patienceMs;
      for (const [item, begun] of this.since) {
        if (begun > overdue) return;
        this.since.delete(item);
        onSilence(item);
      }
    }, patienceMs / CHECKS_PER_PATIENCE).unref();
  }

  begin(item: T): void {
    this.since.set(item, performance.now());
  }

  end(item: T): void {
    this.since.delete(item);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
