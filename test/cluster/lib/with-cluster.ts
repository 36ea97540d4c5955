import { Cluster } from './cluster.js';

/** To start one takes longer than most of what is tried with it, so sections that leave it whole share it. */
let shared: Cluster | undefined;

/** Works with a cluster that others have used, and others will use. One that does not work any more is not used again. */
export async function withCluster<T>(work: (cluster: Cluster) => Promise<T>): Promise<T> {
  shared ??= await Cluster.start();
  try {
    return await work(shared);
  } catch (error) {
    await endSharedCluster();
    throw error;
  }
}

export async function endSharedCluster(): Promise<void> {
  const cluster = shared;
  shared = undefined;
  await cluster?.stop();
}

/** @param root of the built servers that it begins with */
export async function withClusterOf<T>(root: string, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await Cluster.start(root);
  try {
    return await work(cluster);
  } finally {
    await cluster.stop();
  }
}
