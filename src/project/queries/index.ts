/** The questions, each a .sql file of this folder. A ninth one is its file and a line here. */
import path from 'node:path';
import { readText } from '../../files/read.ts';
import { parseQuery, type Query } from '../../queries/query.ts';

/** In the order in which reports and lists show them. */
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
