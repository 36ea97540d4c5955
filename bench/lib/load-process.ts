import autocannon from 'autocannon';
import type { Load, LoadRequest, LoadResult } from './load.js';
import { runLoadOf } from './load-order.js';

/** Run as a process of its own, so that the load and what measures it do not share a core's time. */
runLoadOf(run);

async function run({ url, connections, seconds, requests }: Load): Promise<LoadResult> {
  let connection = 0;
  const shares = sharesOf(requests, connections);
  const {
    requests: rate,
    latency,
    throughput,
    ...counts
  } = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: requests.slice(0, 1).map((request) => ({ ...request })),
    setupClient: (client) => {
      client.setRequests([...(shares[connection++ % connections] ?? [])]);
    },
  });
  return {
    answers: rate.total,
    perSecond: rate.total / counts.duration,
    bytesPerSecond: throughput.total / counts.duration,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failures: counts.non2xx + counts.errors + counts.timeouts,
  };
}

/** Made before the clock starts: request n goes over connection n modulo their number. */
function sharesOf(requests: readonly LoadRequest[], connections: number): LoadRequest[][] {
  const shares = Array.from({ length: connections }, (): LoadRequest[] => []);
  requests.forEach((request, index) => shares[index % connections]?.push(request));
  return shares;
}
