/** Microseconds since 1970 by the database's clock, which all servers of one database share. PostgreSQL keeps these. */
export type Instant = number;
