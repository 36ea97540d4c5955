import { textSearch } from '../../search';

export const search = textSearch('q', 'sort', 'status');
