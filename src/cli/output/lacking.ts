/** A firmware whose file is not in a backup as it should be. */
export interface LackingFile {
  readonly firmwareId: number;
  readonly path: string;
  readonly what: 'missing' | 'damaged' | 'removed';
}

const WHAT = {
  missing: 'was missing in the store when the backup was made',
  damaged: 'was damaged in the store when the backup was made',
  removed: 'was removed by an admin while the backup was made',
};

export const lackingSentence = ({ firmwareId, path, what }: LackingFile): string =>
  `The file ${path} of firmware ${firmwareId} ${WHAT[what]}.`;
