/**
 * Options of a server whose idle connections stay open: Node would close them after 5 seconds, and a client that was busy
 * for as long would send its next request into a closed one.
 */
export const OPEN = { keepAliveTimeout: 0 };
