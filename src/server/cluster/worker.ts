import { isDatabaseAway } from '../../database/database-away.js';
import { MetricsCollector } from '../../metrics/metrics-collector.js';
import { collectFromAll } from './collect-from-all.js';
import { startApp } from '../start-app.js';
import { describeStartError } from '../describe-start-error.js';
import { AppStop } from '../stop-app.js';
import type { ToPrimary, ToWorker, WorkerOrder } from './messages.js';

/**
 * A process that serves on behalf of the primary. When the primary is gone, Node ends it: a worker whose channel closes
 * exits at once.
 */

// A terminal and a service manager signal every process; what to do of it is for the primary to say.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.once('message', (message: ToWorker) => {
  if (message.kind === 'start') void serve(message);
});
tell({ kind: 'waiting' });

async function serve({ config, databaseUrl }: WorkerOrder): Promise<void> {
  try {
    const { app, port, password } = await startApp(config, databaseUrl);
    const collector = app.get(MetricsCollector);
    collector.collectAll = collectFromAll;
    const stop = new AppStop(app);
    process.on('message', (message: ToWorker) => {
      if (message.kind === 'count') void answerCount(collector, message.id);
      if (message.kind === 'announce') stop.announce();
      if (message.kind === 'hold') {
        void stop.hold().then(() => {
          tell({ kind: 'held' });
        });
      }
      if (message.kind === 'close') {
        stop.close();
        tell({ kind: 'closed' });
      }
      if (message.kind === 'stop') void stop.finish(message.patience).finally(() => process.exit());
    });
    tell({ kind: 'ready', port, password });
  } catch (error) {
    tell(
      { kind: 'failed', reason: describeStartError(error, databaseUrl), isPassing: isDatabaseAway(error) },
      () => process.exit(1),
    );
  }
}

async function answerCount(collector: MetricsCollector, id: number): Promise<void> {
  tell({ kind: 'count', id, snapshot: await collector.collectOwn() });
}

function tell(message: ToPrimary, sent: () => void = () => undefined): void {
  process.send?.(message, sent);
}
