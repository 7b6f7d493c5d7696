/** The style of cli-table3's tables here: without colours, which a file or a pipe would hold as signs. */
export const PLAIN_TABLE: { head: string[]; border: string[] } = { head: [], border: [] };
