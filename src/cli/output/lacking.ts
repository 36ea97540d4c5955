import type { LackingFile } from '../../domain/upkeep-reports.js';

const WHAT: Readonly<Record<LackingFile['what'], string>> = {
  missing: 'was missing in the store when the backup was made',
  damaged: 'was damaged in the store when the backup was made',
  removed: 'was removed by an admin while the backup was made',
};

export const lackingSentence = ({ firmwareId, path, what }: LackingFile): string =>
  `The file ${path} of firmware ${firmwareId} ${WHAT[what]}.`;
