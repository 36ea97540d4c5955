import { Cluster } from './cluster.js';

/** @param root of the built server, if it is not this one */
export async function withCluster<T>(work: (cluster: Cluster) => Promise<T>, root?: string): Promise<T> {
  const cluster = await Cluster.start(root);
  try {
    return await work(cluster);
  } finally {
    await cluster.stop();
  }
}
