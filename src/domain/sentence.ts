import type { Override } from './overrides.js';

/** What sentences for a person name. Clients of the API and the code have different names for it. */
export type Property =
  | 'deviceType'
  | 'version'
  | 'buildNumber'
  | 'minCurrentVersion'
  | 'isActive'
  | 'file'
  | 'fileSize'
  | 'fileHash'
  | 'binaryPath'
  | 'q'
  | 'filter'
  | 'target'
  | 'phases'
  | 'maxFailureRate'
  | 'startsAt'
  | Override;

/** Gives a property the name by which the reader of a sentence knows it. */
export type Naming = (property: Property) => string;

/** A sentence for a person; one that names properties is a function of what its reader calls them. */
export type Sentence = string | ((name: Naming) => string);

/** The sentence as text; without a naming, properties are called as in the code. */
export const say = (sentence: Sentence, name: Naming = (property) => property): string =>
  typeof sentence === 'string' ? sentence : sentence(name);
