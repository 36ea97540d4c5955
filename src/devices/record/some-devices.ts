/** Some devices: those, or all in a range of ids. */
export type SomeDevices =
  { readonly ids: readonly number[] } | { readonly above: number; readonly upTo: number };

/** SQL that is true of these devices, and the values that it takes. @param place of the first of them */
export function isAmong(some: SomeDevices, id: string, place: number): [sql: string, values: unknown[]] {
  return 'ids' in some
    ? [`${id} = ANY($${place}::bigint[])`, [some.ids]]
    : [`${id} > $${place} AND ${id} <= $${place + 1}`, [some.above, some.upTo]];
}
