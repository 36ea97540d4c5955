/** Token under which the URL of the database in use is provided, embedded or not. */
export const DATABASE_URL = Symbol('DATABASE_URL');
