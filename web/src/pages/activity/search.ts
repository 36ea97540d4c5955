import { textSearch } from '../../search';

export const search = textSearch('device', 'release', 'status');
