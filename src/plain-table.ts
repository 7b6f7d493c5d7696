/** The style of cli-table3's tables: without colours, which would appear as escape sequences in a file or pipe. */
export const PLAIN_TABLE: { head: string[]; border: string[] } = { head: [], border: [] };
