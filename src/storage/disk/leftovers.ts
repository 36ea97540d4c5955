import { stat } from 'node:fs/promises';
import { hasEnded, parseMark, type ProcessMark } from './process-mark.js';

/** An upload that stalls is aborted long before; while it moves, its file is written to. */
const STALE_AFTER_MS = 3600 * 1000;

/** Of a process that is known to have ended; of any other, only when nobody has written to it for long. */
export async function isLeftover(name: string, path: string, own: ProcessMark): Promise<boolean> {
  const [, text = ''] = /^(.+)\.[0-9a-f-]{36}\.part$/.exec(name) ?? [];
  const mark = parseMark(text);
  const ended = mark ? await hasEnded(mark, own) : null;
  if (ended !== null) return ended;
  const stats = await stat(path).catch(() => null);
  return stats !== null && Date.now() - stats.mtimeMs > STALE_AFTER_MS;
}
