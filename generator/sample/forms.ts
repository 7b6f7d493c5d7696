/** The forms that a text can have: a number, a time, a flag and so on. */
import { isoForm, patternsOf } from './times.ts';
import type { Value } from './value.ts';

export type Form =
  | 'whole'
  | 'decimal'
  | 'double'
  | 'flag'
  | 'yesNo'
  | 'day'
  | 'moment'
  | 'instant'
  | 'time'
  | 'compactDay'
  | 'email'
  | 'url'
  | 'json'
  | 'uuid'
  | 'zeros'
  | 'almostNumber'
  | 'almostTime'
  | `pattern ${string}`;

/** Texts that usually mean a missing value. */
const MISSING = String.raw`N/A|n/a|#N/A|NULL|null|\N|-|--|---|?|undefined|NaN|nan|nil|(null)`.split('|');
/** Texts that mean a missing value in a field of numbers or times, but can be a real value in a field of texts. */
const PERHAPS = 'NA|na|None|none|unknown|Unknown|UNKNOWN|missing|Missing|not available|TBD'.split('|');

export const isMissing = (text: string): boolean => MISSING.includes(text);
export const isPerhapsMissing = (text: string): boolean => PERHAPS.includes(text);

const WHOLE = /^-?(0|[1-9]\d*)(\.0)?$/;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const DOUBLE = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
const ZEROS = /^-?0\d+(\.\d+)?$/;
/** A number with a currency sign, grouped digits or a decimal comma. */
const ALMOST = /^[-+]?[$€£¥]? ?[-+]?\d{1,3}([., ]?\d{3})*([.,]\d+)? ?([$€£¥%]|[A-Z]{3})?$/;
/** A time in ISO 8601 or of an e-mail (RFC 5322), such as `28 Feb 2026 10:00:00 +0000`, whatever follows its minutes. */
const ALMOST_TIME = /^(\d{4}-\d\d-\d\d[ T]|([A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} )\d\d:\d\d/;
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/;
const URL_LIKE = /^https?:\/\/[^\s<>"]+$/i;
export const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const COMPACT_DAY = /^(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/;

/** Maximum length of a text whose forms are determined. A longer text counts as ordinary text. */
const MAX_LENGTH = 2048;

/** Returns the forms of a value. Ordinary text has none. */
export function formsOf({ kind, text }: Value): Form[] {
  if (kind === 'json') return ['json'];
  if (kind === 'flag') return ['flag'];
  if (text.length > MAX_LENGTH) return [];
  const first = text.charCodeAt(0);
  if (first === 45 || first === 43 || (first >= 48 && first <= 57))
    return [...numbers(text), ...times(text), ...uuid(text)];
  const found: Form[] = [...uuid(text)];
  if (/^(true|false)$/.test(text)) found.push('flag');
  else if (/^(true|false|yes|no|y|n|t|f)$/i.test(text)) found.push('yesNo');
  if (text.includes('@') && EMAIL.test(text)) found.push('email');
  if (URL_LIKE.test(text)) found.push('url');
  if (/^[[{]/.test(text) && isJson(text)) found.push('json');
  if (ALMOST.test(text)) found.push('almostNumber');
  if (ALMOST_TIME.test(text)) found.push('almostTime');
  return found;
}

function numbers(text: string): Form[] {
  const found: Form[] = [];
  if (text === '0' || text === '1') found.push('flag');
  if (WHOLE.test(text)) found.push('whole');
  if (DECIMAL.test(text)) found.push('decimal');
  if (DOUBLE.test(text)) found.push('double');
  else if (ZEROS.test(text)) found.push('zeros');
  else if (ALMOST.test(text)) found.push('almostNumber');
  if (COMPACT_DAY.test(text)) found.push('compactDay');
  return found;
}

function times(text: string): Form[] {
  const iso = isoForm(text);
  if (iso) return [iso];
  if (ALMOST_TIME.test(text)) return ['almostTime'];
  return text.length < 30 ? patternsOf(text).map((pattern) => `pattern ${pattern}` as const) : [];
}

const uuid = (text: string): Form[] => (UUID.test(text) ? ['uuid'] : []);

/** Returns whether a text is a JSON value. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
