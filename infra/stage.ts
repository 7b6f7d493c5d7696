/** The API's stage, which is the first part of every path. */
export const STAGE = 'prod';
