/** The project's name, and the facts about its records that are not in its datasets and questions. */

/**
 * Prefix of the names of jobs, buckets and stacks, such as `pinterest-<id>-batch`, and of schemas: lower-case letters
 * and digits, starting with a letter.
 */
export const PROJECT = 'pinterest';

/** The name in headings. */
export const TITLE = 'Pinterest';

/**
 * The datasets whose records make up a post, in the order in which they are sent. `npm run infra check` sends a record of
 * the first.
 */
export const POST_DATASETS: readonly [string, ...string[]] = ['pin', 'geo', 'user'];

/** The order of values by column, for the answers' columns that are not sorted as numbers or text. */
export const ORDERS: Readonly<Record<string, readonly string[]>> = {
  age_group: ['under 18', '18-24', '25-35', '36-50', '+50'],
};
