const CHECKS_PER_TIMEOUT = 10;

/** A request whose body is awaited. */
interface Awaited {
  /** Reading of `performance.now()`. */
  readonly begun: number;
}

/**
 * Reports requests whose body stalled, within 10 % of the timeout. One timer watches them all: a timer for each request
 * would cost as much as the check that it guards.
 */
export class StalledBodies<T extends Awaited> {
  /** In the order in which they began, which is the order in which a Set keeps them. */
  private readonly awaited = new Set<T>();
  private readonly timer: NodeJS.Timeout;

  constructor(timeoutMs: number, onStalled: (request: T) => void) {
    this.timer = setInterval(() => {
      const overdue = performance.now() - timeoutMs;
      for (const request of this.awaited) {
        if (request.begun > overdue) return;
        this.awaited.delete(request);
        onStalled(request);
      }
    }, timeoutMs / CHECKS_PER_TIMEOUT).unref();
  }

  /** @param request began no earlier than those that were added before */
  add(request: T): void {
    this.awaited.add(request);
  }

  /** @returns false when the request was reported before, or removed */
  remove(request: T): boolean {
    return this.awaited.delete(request);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
