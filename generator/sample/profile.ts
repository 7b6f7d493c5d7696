/** Statistics of a sample, collected while the sample is read. They need a limited amount of memory. */
import { type Form, formsOf, isMissing, isPerhapsMissing } from './forms.ts';
import type { Kind, SampleRecord, Value } from './value.ts';

/** Maximum number of distinct values that are counted per field. */
const MAX_DISTINCT = 200;
/** Maximum number of records, and of characters in them, that are kept to try keys and to write rows. */
const MAX_KEPT = 10_000;
const MAX_KEPT_CHARACTERS = 20_000_000;
/** Maximum number of a field's values that are kept to find repeats. More values would take too much memory. */
const MAX_UNIQUE = 300_000;
/** Maximum length of a text in a key, in characters. */
const MAX_KEY_LENGTH = 200;

const isText = ({ kind }: Value): boolean => kind === 'text' || kind === 'cell';

/** A text with at least this many words is a sentence. */
const MANY_WORDS = 4;

/** Statistics of one field over all records. */
export class FieldProfile {
  readonly name: string;
  /** Records that have the field, even if it is null or empty. */
  present = 0;
  /** Records with a value, excluding placeholders. */
  values = 0;
  readonly kinds: Record<Kind, number> = { cell: 0, text: 0, number: 0, flag: 0, json: 0 };
  readonly forms = new Map<Form, number>();
  readonly placeholders = new Map<string, number>();
  /** How often each value occurs, for the first MAX_DISTINCT values. */
  readonly distinct = new Map<string, number>();
  hasMoreDistinct = false;
  /** For the integers and decimals among the values: the lowest and highest integer part, and the numbers of digits. */
  least: bigint | undefined;
  most: bigint | undefined;
  wholeDigits = 0;
  scale = 0;
  /** The greatest number of digits without zeros at both ends. */
  digits = 0;
  leastScale = Number.POSITIVE_INFINITY;
  words = 0;
  /** The first values. Becomes undefined if a value repeats or is too long for a key. */
  unique: Set<string> | undefined = new Set();

  constructor(name: string) {
    this.name = name;
  }

  add(value: Value | undefined): void {
    this.present++;
    if (!value) return;
    if (isText(value) && (isMissing(value.text) || isPerhapsMissing(value.text))) {
      this.placeholders.set(value.text, (this.placeholders.get(value.text) ?? 0) + 1);
      return;
    }
    this.values++;
    this.kinds[value.kind]++;
    const forms = formsOf(value);
    for (const form of forms) this.forms.set(form, (this.forms.get(form) ?? 0) + 1);
    if (forms.includes('decimal')) this.#measure(value.text);
    if (this.words < MANY_WORDS) this.words = Math.max(this.words, value.text.split(/\s/, MANY_WORDS).length);
    this.#remember(value.text);
  }

  #measure(text: string): void {
    const [whole = '', fraction = ''] = text.split('.');
    const number = BigInt(whole === '-0' ? 0 : whole);
    if (this.least === undefined || number < this.least) this.least = number;
    if (this.most === undefined || number > this.most) this.most = number;
    this.wholeDigits = Math.max(this.wholeDigits, whole.replace('-', '').length);
    this.scale = Math.max(this.scale, fraction.length);
    this.digits = Math.max(this.digits, `${whole}${fraction}`.replaceAll(/^-?0+|-|0+$/g, '').length);
    this.leastScale = Math.min(this.leastScale, fraction.length);
  }

  #remember(text: string): void {
    const times = this.distinct.get(text);
    if (times !== undefined || this.distinct.size < MAX_DISTINCT) this.distinct.set(text, (times ?? 0) + 1);
    else this.hasMoreDistinct = true;
    if (!this.unique || this.unique.size >= MAX_UNIQUE) return;
    if (this.unique.has(text) || text.length > MAX_KEY_LENGTH) this.unique = undefined;
    else this.unique.add(text);
  }

  /** Returns how many of the field's values have this form. */
  count(form: Form): number {
    return this.forms.get(form) ?? 0;
  }
}

export interface Profile {
  /** In order of first appearance. */
  readonly fields: ReadonlyMap<string, FieldProfile>;
  readonly records: number;
  /** The first records, with all values. */
  readonly kept: readonly SampleRecord[];
}

/** Collects the profile of the records that are added. */
export class Profiler implements Profile {
  readonly fields = new Map<string, FieldProfile>();
  readonly kept: SampleRecord[] = [];
  records = 0;
  #characters = 0;

  add(record: SampleRecord): void {
    this.records++;
    for (const [name, value] of record.values) {
      let field = this.fields.get(name);
      if (!field) {
        field = new FieldProfile(name);
        this.fields.set(name, field);
      }
      field.add(value);
      this.#characters += value?.text.length ?? 0;
    }
    if (this.kept.length < MAX_KEPT && this.#characters < MAX_KEPT_CHARACTERS) this.kept.push(record);
  }
}
