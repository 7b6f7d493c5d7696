/** Guesses the rules of days and times. */
import { day, epochMilliseconds, epochSeconds, instant, moment } from '../../../src/datasets/rules.ts';
import type { FieldProfile } from '../profile.ts';
import { isoDay, isoForm, isoTime, PATTERNS, readBy, sqlBy } from '../times.ts';
import { hints } from '../words.ts';
import { customCall, customGuess, type Guess, guessOf, mostly } from './guess.ts';

/** A number since 1970 is guessed to be a time only if the time is in the years 2000 to 2099. */
const FIRST_SECOND = 946_684_800n;
const LAST_SECOND = 4_102_444_799n;
/** The first second with ten digits. Earlier microseconds and nanoseconds are not guessed. */
const TEN_DIGITS = 1_000_000_000n;

export function guessTime(field: FieldProfile): Guess | undefined {
  const forms = ['day', 'moment', 'instant'] as const;
  const rules = { day, moment, instant };
  const form = forms.find((form) => mostly(field, field.count(form)));
  if (form) return guessOf(form, rules[form], readIso(form));
  return anyTime(field) ?? patternTime(field) ?? epoch(field) ?? compactDay(field);
}

const readIso = (form: 'day' | 'moment' | 'instant') => (text: string) =>
  isoForm(text) !== form ? null : form === 'day' ? text : isoTime(text);

const AS_UTC = 'times without an offset are read as UTC';

/** Guesses times in ISO 8601 that neither `moment` nor `instant` accepts: without seconds, or with a fraction but no offset. */
function anyTime(field: FieldProfile): Guess | undefined {
  const fitting = field.count('time') + field.count('moment') + field.count('instant');
  if (field.count('time') === 0 || !mostly(field, fitting)) return undefined;
  const form = String.raw`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[-+]\d\d:\d\d)?`;
  const whole = `if(substr({text}, 17, 1) = ':', {text}, concat(left({text}, 16), ':00', substr({text}, 17)))`;
  const sql = String.raw`CASE WHEN {text} RLIKE r'${form}\z' THEN try_cast(${whole} AS TIMESTAMP) END`;
  const shape = new RegExp(`${form}$`);
  return customGuess(
    [
      sql,
      'TIMESTAMP',
      'a time such as 2019-06-03 06:29:14.123',
      ['2019-06-03 06:29', '2019-07-21T16:05:09.5Z'],
    ],
    (text) => (shape.test(text) && isoForm(text) ? isoTime(text) : null),
    AS_UTC,
  );
}

function patternTime(field: FieldProfile): Guess | undefined {
  const fitting = PATTERNS.filter((pattern) => mostly(field, field.count(`pattern ${pattern}`)));
  const [pattern, other] = fitting;
  // 3/4/2026 can be the third of April or the fourth of March. There is no guess, because nobody would notice a wrong guess.
  if (pattern === undefined || other !== undefined) return undefined;
  const isDay = !pattern.includes(' ');
  const read = (text: string) => {
    const iso = readBy(pattern, text);
    return iso === undefined ? null : isDay ? iso : `${iso.replace(' ', 'T')}Z`;
  };
  return customGuess(partsOf(pattern), read, ...(isDay ? [] : [AS_UTC]));
}

/** Returns the arguments of `custom` for a pattern. */
function partsOf(
  pattern: string,
): [sql: string, type: 'DATE' | 'TIMESTAMP', description: string, examples: string[]] {
  const isDay = !pattern.includes(' ');
  const description = `a ${isDay ? 'day' : 'time'} written ${pattern}`;
  const examples = ['2019-06-13', '2019-07-21', '2020-12-28'].map((day) => writtenBy(pattern, day));
  return [sqlBy(pattern), isDay ? 'DATE' : 'TIMESTAMP', description, examples];
}

/** Returns a day, at 16:05:09 if the pattern has a time, as the pattern writes it. */
function writtenBy(pattern: string, day: string): string {
  const [y, M, d] = day.split('-').map(Number);
  const parts: Readonly<Record<string, string | number | undefined>> = {
    y,
    M,
    d,
    H: 16,
    h: 4,
    m: '05',
    s: '09',
    a: 'PM',
  };
  return pattern.replaceAll(/([yMdHhmsa])\1*/g, (_, letter: string) => String(parts[letter]));
}

/** Returns a doubt if a field's days match two patterns, otherwise undefined. */
export function ambiguousDays(field: FieldProfile): string | undefined {
  const [one, other] = PATTERNS.filter((pattern) => mostly(field, field.count(`pattern ${pattern}`)));
  if (one === undefined || other === undefined) return undefined;
  return `every value can be ${one} or ${other}; for ${one}, write ${customCall(...partsOf(one))}`;
}

/** Guesses times as numbers since 1970. The field's name must indicate a time. */
const epoch = (field: FieldProfile): Guess | undefined =>
  hints.time(field.name) && mostly(field, field.count('whole')) ? sinceEpoch(field) : undefined;

/** Returns a doubt if a number is perhaps a time although its name does not say so, otherwise undefined. */
export function perhapsEpoch(field: FieldProfile): string | undefined {
  const guess = hints.id(field.name) ? undefined : sinceEpoch(field);
  return guess && `perhaps this is ${guess.rule.description}: ${guess.code}`;
}

/** Returns the guess for numbers all of which are in one unit since 1970, or undefined. */
function sinceEpoch({ least, most }: FieldProfile): Guess | undefined {
  if (least === undefined || most === undefined) return undefined;
  const within = (factor: bigint, first = FIRST_SECOND) =>
    least >= first * factor && most <= LAST_SECOND * factor;
  const whole = (milliseconds: number) => (text: string) =>
    /^-?\d+(\.0+)?$/.test(text) ? rowTime(Number(text) * milliseconds) : null;
  if (within(1n)) return guessOf('epochSeconds', epochSeconds, whole(1000));
  if (within(1000n)) return guessOf('epochMilliseconds', epochMilliseconds, whole(1));
  if (within(10n ** 6n, TEN_DIGITS)) return fineEpoch('microseconds', 16);
  return within(10n ** 9n, TEN_DIGITS) ? fineEpoch('nanoseconds', 19) : undefined;
}

/** Returns the guess for numbers of `digits` digits since 1970. A TIMESTAMP keeps their first 16 digits, the microseconds. */
function fineEpoch(unit: string, digits: number): Guess {
  const sql = String.raw`CASE WHEN {text} RLIKE r'^\d{${digits}}\z' THEN timestamp_micros(try_cast(left({text}, 16) AS BIGINT)) END`;
  const examples = ['1559543354123456', '1563725109000000'].map((micros) => micros.padEnd(digits, '0'));
  const form = new RegExp(String.raw`^(\d{10})(\d{6})\d{${digits - 16}}$`);
  return customGuess(
    [sql, 'TIMESTAMP', `a whole number of ${unit} since 1970-01-01, UTC`, examples],
    (text) => {
      const [, seconds, micros] = form.exec(text) ?? [];
      if (seconds === undefined) return null;
      return isoTime(`${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${micros}Z`);
    },
  );
}

function rowTime(milliseconds: number): string | null {
  const time = new Date(milliseconds);
  if (Number.isNaN(time.valueOf())) return null;
  return isoTime(time.toISOString());
}

/** Guesses days such as 20240131. The field's name must indicate a time. */
function compactDay(field: FieldProfile): Guess | undefined {
  if (!hints.time(field.name) || !mostly(field, field.count('compactDay'))) return undefined;
  const sql = String.raw`CASE WHEN {text} RLIKE r'^\d{8}\z' THEN try_cast(concat(left({text}, 4), '-', substr({text}, 5, 2), '-', right({text}, 2)) AS DATE) END`;
  return customGuess([sql, 'DATE', 'a day such as 20190603', ['20190603', '20190721']], (text) => {
    const [, year, month, dayOfMonth] = /^(\d{4})(\d\d)(\d\d)$/.exec(text) ?? [];
    return (year && isoDay(Number(year), Number(month), Number(dayOfMonth))) || null;
  });
}
