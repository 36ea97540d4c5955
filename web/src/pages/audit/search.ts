import { textSearch } from '../../search';

export const search = textSearch('actor', 'action', 'target');
