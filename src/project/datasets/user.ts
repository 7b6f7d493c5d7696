import { z } from 'zod';
import type { Dataset } from '../../datasets/dataset.ts';
import { moment, postNumber, text, wholeNumber } from '../../datasets/rules.ts';

/** The highest age that counts as valid. */
const OLDEST = 120;

/** The person who made a post. */
const user: Dataset = {
  name: 'user',
  singular: 'a user record',
  plural: 'user records',
  title: 'Users: who posted it',
  grain: 'one row per post: the person who made it (a person with many posts has many rows)',
  key: 'ind',
  fields: {
    ind: { description: 'Number of the post', rule: postNumber, sent: z.int().min(0) },
    first_name: { description: 'First name', rule: text, sent: z.string() },
    last_name: { description: 'Last name', rule: text, sent: z.string() },
    age: { description: 'Age in years', rule: wholeNumber(0, OLDEST), sent: z.int().min(0).max(OLDEST) },
    date_joined: { description: 'When the person joined, UTC', rule: moment, sent: z.string() },
  },
  columns: [
    { name: 'ind' },
    {
      name: 'user_name',
      type: 'STRING',
      description: 'First and last name',
      cleaning: '`first_name last_name`; only one of them if the other is missing',
      sql: "nullif(concat_ws(' ', {first_name}, {last_name}), '')",
    },
    { name: 'age' },
    { name: 'date_joined' },
  ],
};

export default user;
