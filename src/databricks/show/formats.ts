/**
 * The names of the formats. They are separate from the formats' code, because a command's help needs only the names.
 */
export const FORMATS = ['table', 'csv', 'json', 'markdown'] as const;
export type FormatName = (typeof FORMATS)[number];
