import { textSearch } from '../../search';

export const search = textSearch('id');
