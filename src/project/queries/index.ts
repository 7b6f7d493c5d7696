/** The questions, each a .sql file in this folder. To add a question, add its file and a line here. */
import path from 'node:path';
import { readText } from '../../files/read.ts';
import { parseQuery, type Query } from '../../queries/query.ts';

/** The names of the questions, in the order of reports and lists. */
const NAMES = [
  'top_category_by_country',
  'top_category_by_year',
  'top_poster_by_country',
  'top_category_by_age_group',
  'median_followers_by_age_group',
  'users_joined_by_year',
  'median_followers_by_join_year',
  'median_followers_by_join_year_and_age_group',
];

export const queries: readonly Query[] = NAMES.map((name) =>
  parseQuery(name, readText(path.join(import.meta.dirname, `${name}.sql`))),
);
