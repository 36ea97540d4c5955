import { textSearch } from '../../search';

export const search = textSearch('state');
