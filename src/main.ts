import { watchStopSignals } from './server/stop-signals.js';

const stop = watchStopSignals();
// Loading takes longest, so everything else is loaded when signals are heard already.
const { startServer } = await import('./server/start-server.js');
await startServer(stop);
