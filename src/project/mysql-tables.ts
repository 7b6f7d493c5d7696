/** The tables of the original emulation: their names, and the column with the post's number. */
export const MYSQL_TABLES = {
  pin: { table: 'pinterest_data', number: 'index' },
  geo: { table: 'geolocation_data', number: 'ind' },
  user: { table: 'user_data', number: 'ind' },
} as const;
