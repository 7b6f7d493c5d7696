/** Cleans one record at a time. Applies the same cleaning rules as the pipeline, but shares no code with it. */
import type { DatasetName } from './arrivals.ts';
import { type Fields, fieldsOf } from './json.ts';

export type Value = null | number | string | readonly number[];
export type Row = Readonly<Record<string, Value>>;

/** A post's row and whether an invalid value in it became NULL; undefined for a record that must be rejected. */
export type Cleaned = { readonly row: Row & { ind: number }; readonly invalid: boolean } | undefined;

/** Converts a field's trimmed text; `convert` returns undefined for an invalid text. */
type Take = <T>(
  field: string,
  convert: (text: string) => T | undefined,
  ...placeholders: string[]
) => T | null;

interface Cleaning {
  readonly key: string;
  /** The dataset's fields except its key. A record without any of them belongs to another dataset. */
  readonly own: readonly string[];
  row(take: Take): Row;
}

const CLEANING: Record<DatasetName, Cleaning> = {
  pin: {
    key: 'index',
    own: [
      'unique_id',
      'title',
      'description',
      'poster_name',
      'follower_count',
      'tag_list',
      'is_image_or_video',
      'image_src',
      'downloaded',
      'save_location',
      'category',
    ],
    row: (take) => ({
      unique_id: take('unique_id', asIs),
      title: take('title', asIs, 'No Title Data Available'),
      description: take(
        'description',
        asIs,
        'No description available Story format',
        'No description available',
        'Untitled',
      ),
      follower_count: take('follower_count', followers, 'User Info Error'),
      poster_name: take('poster_name', asIs, 'User Info Error'),
      tag_list: take('tag_list', asIs, 'N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e'),
      is_image_or_video: take('is_image_or_video', asIs),
      image_src: take('image_src', asIs, 'Image src error.'),
      save_location: take('save_location', pathUnderData),
      category: take('category', asIs),
    }),
  },
  geo: {
    key: 'ind',
    own: ['timestamp', 'latitude', 'longitude', 'country'],
    row: (take) => {
      const latitude = take('latitude', degrees(90));
      const longitude = take('longitude', degrees(180));
      return {
        country: take('country', asIs),
        coordinates: latitude === null || longitude === null ? null : [latitude, longitude],
        timestamp: take('timestamp', timestamp),
      };
    },
  },
  user: {
    key: 'ind',
    own: ['first_name', 'last_name', 'age', 'date_joined'],
    row: (take) => {
      const names = [take('first_name', asIs), take('last_name', asIs)].filter((name) => name !== null);
      return {
        user_name: names.length === 0 ? null : names.join(' '),
        age: take('age', wholeNumber(120)),
        date_joined: take('date_joined', timestamp),
      };
    },
  },
};

/** Cleans one record of a dataset; returns undefined if it must be rejected. */
export function clean(dataset: DatasetName, record: string): Cleaned {
  const fields = fieldsOf(record);
  if (typeof fields === 'string') return undefined;
  const { key, own, row } = CLEANING[dataset];
  const ind = wholeNumber(INT_MAX)(trimmed(fields, key));
  if (ind === undefined || !own.some((field) => fields.has(field))) return undefined;
  let invalid = false;
  const take: Take = (field, convert, ...placeholders) => {
    const text = trimmed(fields, field);
    if (text === '' || placeholders.includes(text)) return null;
    const value = convert(text);
    if (value === undefined) invalid = true;
    return value ?? null;
  };
  return { row: { ind, ...row(take) }, invalid };
}

const INT_MAX = 2 ** 31 - 1;
const BIGINT_MAX = 2n ** 63n - 1n;

/** Returns a field without blanks, tabs, line breaks and U+00A0 at its ends; a missing or null field is the empty text. */
function trimmed(fields: Fields, field: string): string {
  return (fields.get(field) ?? '')
    .replace(/^[ \t\r\n\u00a0]+/, '')
    .replace(/(?<![ \t\r\n\u00a0])[ \t\r\n\u00a0]+$/, '');
}

function asIs(text: string): string {
  return text;
}

/** Returns a conversion of whole numbers from 0 to `most`, written as `12` or `12.0`. */
function wholeNumber(most: number) {
  return (text: string): number | undefined => {
    const digits = /^(\d+)(?:\.0+)?$/.exec(text)?.[1];
    const value = Number(digits ?? Number.NaN);
    return value <= most ? value : undefined;
  };
}

function degrees(most: number) {
  return (text: string): number | undefined => {
    if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return undefined;
    const value = Number(text);
    return Math.abs(value) <= most ? value : undefined;
  };
}

const ZEROS: Record<string, number> = { '': 0, k: 3, m: 6, b: 9 };

/** Converts a count in exact decimal arithmetic. Returns text if a double can't represent the count exactly. */
function followers(text: string): number | string | undefined {
  const [, whole = '', fraction = '', unit = ''] = /^(\d+)(?:\.(\d+))?([kKmMbB]?)$/.exec(text) ?? [];
  if (whole === '') return undefined;
  const zeros = ZEROS[unit.toLowerCase()] ?? 0;
  const count = BigInt(whole + fraction.padEnd(zeros, '0').slice(0, zeros));
  return count <= BIGINT_MAX ? exactNumber(count) : undefined;
}

/** Returns a BIGINT as a number, or as text if a double can't represent it exactly. */
export function exactNumber(count: bigint): number | string {
  return Number.isSafeInteger(Number(count)) ? Number(count) : String(count);
}

const PREFIX = 'Local save in ';

function pathUnderData(text: string): string | undefined {
  const path = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  return path.startsWith('/data/') && path !== '/data/' ? path : undefined;
}

const TIMESTAMP_FORMS = [
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)$/,
  /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)$/,
];

/** Returns a time in the years 1 to 9999 as `YYYY-MM-DD HH:MM:SS` in UTC; undefined if the text is not a real time. */
function timestamp(text: string): string | undefined {
  const parts = TIMESTAMP_FORMS.map((form) => form.exec(text)).find((match) => match !== null);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // Date turns 30 February into a day in March, and 24:00:00 into the next day.
  // So the text is a real time only if Date returns it unchanged.
  const date = new Date(`${iso}Z`);
  if (year === '0000' || Number.isNaN(date.getTime()) || date.toISOString().slice(0, 19) !== iso)
    return undefined;
  return iso.replace('T', ' ');
}
