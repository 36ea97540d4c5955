/** Texts of the query of an address, by their names. */
export type TextSearch<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/**
 * What stands in the query of a page's address. The address is the state of the page: filters, order, what is open.
 * @param names of its parts; everything else is left out
 */
export function textSearch<Name extends string>(...names: readonly Name[]) {
  return (raw: Readonly<Record<string, unknown>>): TextSearch<Name> => {
    const found: Partial<Record<Name, string>> = {};
    for (const name of names) {
      const value = raw[name];
      if (typeof value === 'string' && value !== '') found[name] = value;
    }
    return found;
  };
}

/** Addresses as people write them: `?q=status:failed`, without the quotes of JSON. */
export const parseSearch = (text: string): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(text));

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(search).filter(([, value]) => typeof value === 'string' && value !== '');
  const text = new URLSearchParams(pairs as [string, string][]).toString();
  return text === '' ? '' : `?${text.replaceAll('%3A', ':').replaceAll('%2C', ',')}`;
}
