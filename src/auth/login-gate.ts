import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../domain/errors.js';
import { quoted } from '../domain/quoted.js';
import { Metrics } from '../metrics/metrics.js';
import { FairQueue } from '../overload/fair-queue.js';
import { LoginDelays, type LoginAttempt } from './login-delays.js';

/**
 * A verification takes about 20 ms of one core and 19 MiB. One at a time in each process is 50 a second, more than people
 * and scripts need, and leaves the other cores to devices.
 */
const QUEUE = { running: 1, waiting: 64, waitingPerKey: 8 };

/** One whose name may be no name at all: people type passwords there, which no log may hold. */
export interface UnprovenAttempt extends LoginAttempt {
  /** Set when it is verified. */
  isUser: boolean;
}

/** Decides when a password may be tried: few at once, and after failures not before a delay has passed. */
@Injectable()
export class LoginGate {
  private readonly logger = new Logger('Login');
  private readonly delays = new LoginDelays();
  private readonly queue = new FairQueue(QUEUE);

  constructor(private readonly metrics: Metrics) {
    // Watched without a limit: logins that wait are no reason to refuse devices.
    metrics.queueDepth.watch('logins', () => this.queue.depth);
  }

  /**
   * @param verify answers null when the password is wrong
   * @returns what it answered
   * @throws DomainError TOO_MANY_ATTEMPTS, with nothing verified
   */
  async attempt<T>(attempt: UnprovenAttempt, verify: () => Promise<T | null>): Promise<T | null> {
    this.refuseIfEarly(attempt);
    const answer = this.queue.run(attempt.network, this.delays.isKnown(attempt), async () => {
      // Attempts that waited before this one may have failed.
      this.refuseIfEarly(attempt);
      const result = await verify();
      if (result === null) this.failed(attempt);
      else this.succeeded(attempt);
      return result;
    });
    if (answer) return answer;
    this.metrics.logins.add(1, 'busy');
    throw tooMany(1, 'Too many logins are waiting');
  }

  private refuseIfEarly(attempt: LoginAttempt): void {
    const waitMs = this.delays.waitOf(attempt);
    if (waitMs === 0) return;
    this.metrics.logins.add(1, 'delayed');
    throw tooMany(Math.ceil(waitMs / 1000), 'Too many failed logins from this address');
  }

  private failed(attempt: UnprovenAttempt): void {
    this.metrics.logins.add(1, 'wrong');
    const inARow = this.delays.failed(attempt);
    const waitMs = this.delays.waitOf(attempt);
    const next = waitMs === 0 ? '' : ` Further attempts are refused for ${Math.ceil(waitMs / 1000)} s.`;
    const name = attempt.isUser ? quoted(attempt.username) : 'a name that no user has';
    this.logger.warn(
      `Wrong user name or password: ${name} from ${attempt.network}, ${inARow} in a row.${next}`,
    );
  }

  private succeeded(attempt: LoginAttempt): void {
    this.metrics.logins.add(1, 'right');
    this.delays.succeeded(attempt);
    this.logger.log(`${quoted(attempt.username)} logged in from ${attempt.network}.`);
  }
}

function tooMany(seconds: number, reason: string): DomainError {
  return new DomainError(
    'TOO_MANY_ATTEMPTS',
    `${reason}: try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
    undefined,
    seconds,
  );
}
