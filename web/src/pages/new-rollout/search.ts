import { textSearch } from '../../search';

export const search = textSearch('release', 'target');
