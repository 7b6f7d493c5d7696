/** The names of the formats, apart from what writes them: a command's help needs the names alone. */
export const FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type FormatName = (typeof FORMATS)[number];
