/** The names of the formats, separate from their code: a command's help needs only the names. */
export const FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type FormatName = (typeof FORMATS)[number];
