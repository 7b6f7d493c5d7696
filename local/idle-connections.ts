/**
 * Server options that keep idle connections open. By default Node closes them after 5 seconds, and a client that was busy
 * for longer would send its next request on a closed connection.
 */
export const OPEN = { keepAliveTimeout: 0 };
