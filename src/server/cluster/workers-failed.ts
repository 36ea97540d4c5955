/** The workers cannot be kept running; the message says why. */
export class WorkersFailed extends Error {
  override readonly name = 'WorkersFailed';
}
