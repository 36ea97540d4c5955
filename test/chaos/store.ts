import { Mount, mountError } from './lib/mounts.js';
import { notPossible, type Row, type Section } from './lib/report.js';
import { damageFile, type Damage } from './faults/damaged-file.js';
import { hangStore, useFullStore, useReadOnlyStore } from './faults/store.js';

const DAMAGES: readonly Damage[] = [
  'removed',
  'one bit changed',
  'cut short',
  'replaced by a link to another file',
];
/** The image is served from memory, or read from the store for each request. */
const CACHES = ['268435456', '0'] as const;

export const store: Section = {
  name: 'store',
  title: 'Trouble with the firmware store',
  explanation:
    'The store becomes read-only, full, or hangs in the middle of a write, or a stored file is removed or changed. Checks and ' +
    'reports must be answered all the time. A download is answered with exactly the bytes of the registered hash or with an ' +
    'error that has a code, never with other bytes; an upload succeeds or says what is wrong and leaves nothing behind; ' +
    '/health/status says what is wrong with the store, and all is well again when the trouble ends.',
  run: async (progress) => {
    const rows: Row[] = [];
    const add = (row: Row): void => {
      rows.push(row);
      progress(`${row.what}: ${row.note}`);
    };
    const noTmpfs = mountError(() => Mount.tmpfs(1));
    const noDisk = mountError(() => Mount.ext4(16));
    const tried = [
      ['store read-only', noTmpfs, useReadOnlyStore],
      ['store full', noTmpfs, useFullStore],
      ['store hung (fsfreeze)', noDisk, hangStore],
    ] as const;
    for (const [what, why, use] of tried) add(why === null ? await use(what) : notPossible(what, why));
    for (const cache of CACHES) for (const damage of DAMAGES) add(await damageFile(damage, cache));
    return rows;
  },
};
