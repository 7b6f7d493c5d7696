/** Replaces values that look like personal data before they are written into a file of the project. */
import { LosslessNumber, parse, stringify } from 'lossless-json';
import { UUID } from './forms.ts';
import { isoForm } from './times.ts';
import type { Value } from './value.ts';
import { has, wordsOf } from './words.ts';

const EMAIL = /[\w.+-]+@[\w-]+(\.[\w-]+)+/g;
const PHONE = /^\+?\(?\d[\d ()/.-]{5,18}\d$/;
const ADDRESS_V4 = /\b(?:\d{1,3}\.){3}\d{1,3}\b/g;
const IBAN = /^[A-Z]{2}\d{2}[A-Z\d ]{10,32}$/;

const NAMES = `author customer driver employee fullname firstname lastname surname owner person assigned assignee
  cashier courier doctor manager reviewer teacher`;
const isPerson =
  has(`${NAMES} account actor anonymous buyer client contact cust guest login member passenger patient player recipient rider
  sender student subscriber user username visitor device session`);
/** Words that show that a name belongs to a thing and not to a person, as in `product_name`. */
const isThing =
  has(`agent brand category city class color company country count event file host item method model plan
  product region shop status store type`);
const isNamed = has(`${NAMES} name nickname login username`);
const isId = has('id ids');
const isIdentifier = has('id ids uuid key number no');

/** Returns whether a field's name is that of a date of birth. */
export const isBirth = has('birth birthday birthdate dob');

/** How a field's values are replaced. */
type Replacement = 'name' | 'email' | 'phone' | 'address' | 'id' | 'day' | 'text';

/** Returns whether a field's name indicates personal data. */
export const isPersonal = (name: string): boolean => replacementOf(name) !== undefined;

/** Words that indicate a replacement by themselves. The first match is used. */
const KINDS: readonly (readonly [is: (name: string) => boolean, Replacement])[] = [
  [has('email mail'), 'email'],
  [has('phone telephone tel mobile fax cell'), 'phone'],
  [has('address street postcode zip zipcode postal iban card passport ssn ip'), 'address'],
  [isBirth, 'day'],
  [has('password secret token signature'), 'text'],
];

/** Returns the replacement that the words of a name indicate, or undefined. */
function replacementOf(name: string): Replacement | undefined {
  const [, kind] = KINDS.find(([is]) => is(name)) ?? [];
  if (kind !== undefined || isThing(name)) return kind;
  if (isNamed(name) && !isId(name)) return 'name';
  return isPerson(name) && (isIdentifier(name) || wordsOf(name).length === 1) ? 'id' : undefined;
}

/** Replaces values; equal values get equal replacements. */
export class Replacer {
  readonly #known = new Map<string, string>();
  /** Names of the fields in which something was replaced. */
  readonly replaced = new Set<string>();

  /** Returns the value itself if it is not personal, otherwise a replacement of the same kind and form. */
  safe(name: string, value: Value): Value {
    const text = value.kind === 'json' ? this.#json(name, value.text) : this.#text(name, value);
    if (text !== value.text) this.replaced.add(name);
    return text === value.text ? value : { kind: value.kind, text };
  }

  #json(name: string, text: string): string {
    const walk = (name: string, value: unknown): unknown => {
      if (Array.isArray(value)) return value.map((item) => walk(name, item));
      if (value instanceof LosslessNumber) {
        const digits = this.#text(name, { kind: 'number', text: value.value });
        return digits === value.value ? value : new LosslessNumber(digits);
      }
      if (typeof value === 'string') return this.#text(name, { kind: 'text', text: value });
      if (typeof value !== 'object' || value === null) return value;
      const fields = Object.entries(value).map(
        ([inner, value]) => [inner, walk(whose(name, inner), value)] as const,
      );
      return Object.fromEntries(fields);
    };
    return stringify(walk(name, parse(text, null, { onDuplicateKey: ({ newValue }) => newValue }))) ?? text;
  }

  #text(name: string, { kind, text }: Value): string {
    if (kind === 'flag' || text === '') return text;
    const by = replacementOf(name);
    if (kind === 'number') return by === undefined || by === 'text' ? text : this.#digits(text);
    // A time such as `email_verified_at` is not personal, and its field may be required.
    if (by !== 'day' && isoForm(text) !== undefined) return text;
    if (UUID.test(text))
      return by === 'id'
        ? this.#other(text, (nth) => `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`)
        : text;
    if (text.includes('@') && text.search(EMAIL) !== -1)
      return text.replace(EMAIL, (mail) => this.#other(mail, (nth) => `person${nth}@example.com`));
    if (!/[a-z]/i.test(text) && text.search(ADDRESS_V4) !== -1)
      return text.replace(ADDRESS_V4, (ip) => this.#other(ip, (nth) => `192.0.2.${nth % 250}`));
    if (/^https?:/.test(text) && by !== undefined)
      return this.#other(text, (nth) => `https://example.com/${nth}`);
    if (by === undefined) return this.#free(text);
    if (/^\d+$/.test(text)) return this.#digits(text);
    return this.#other(text, (nth) => REPLACED[by](nth, text));
  }

  /**
   * Replaces telephone numbers, account numbers and sentences in a field whose name does not indicate personal data.
   */
  #free(text: string): string {
    if (IBAN.test(text) || (PHONE.test(text) && /[ ()+]/.test(text)))
      return this.#other(text, (nth) => REPLACED.phone(nth, text));
    const isSentence = text.split(/\s+/).length > 3 && /\p{L}/u.test(text);
    return isSentence ? this.#other(text, (nth) => `Some text ${nth}`) : text;
  }

  /** Returns other digits of the same length. They begin with zero only if `text` does. */
  #digits(text: string): string {
    const make = (nth: number) => {
      const other = String(nth).padStart(text.length, text.startsWith('0') ? '0' : '1');
      return other.length > text.length ? text : other;
    };
    return this.#other(text, make, 'digits');
  }

  /** A value has one replacement per `form`, because it may occur in a field of numbers and in a field of texts. */
  #other(text: string, make: (nth: number) => string, form = 'text'): string {
    const known = `${form} ${text}`;
    let other = this.#known.get(known);
    if (other === undefined) {
      other = make(this.#known.size + 1);
      this.#known.set(known, other);
    }
    return other;
  }
}

/**
 * Returns the name that decides whether a nested field is personal. For example, `url` inside `actor` counts as `actor id`,
 * which is personal, and `name` inside `product` counts as `product name`, which is not.
 */
function whose(outer: string, inner: string): string {
  if (isThing(outer)) return `${outer} ${inner}`;
  if (!isPerson(outer)) return inner;
  if (has('id ids name key')(inner)) return `${outer} ${inner}`;
  return has('url link avatar href node')(inner) ? `${outer} id` : inner;
}

const REPLACED: Readonly<Record<Replacement, (nth: number, text: string) => string>> = {
  name: (nth) => `Person ${nth}`,
  email: (nth) => `person${nth}@example.com`,
  phone: (nth) => `+1 555 01${String(nth % 100).padStart(2, '0')}`,
  address: (nth) => `${nth} Example Street`,
  id: (nth, text) => `${/^[a-z]+[-_]/i.exec(text)?.[0] ?? 'id-'}${nth}`,
  day: (nth, text) => {
    const year = `19${50 + (nth % 50)}`;
    const other = text
      .replace(/^\d{4}([-:/])\d{1,2}\1\d{1,2}/, (_, mark) => `${year}${mark}01${mark}01`)
      .replace(/^\d{1,2}([./])\d{1,2}\1\d{4}/, (_, mark) => `01${mark}01${mark}${year}`);
    return other === text ? `removed-${nth}` : other;
  },
  text: (nth) => `removed-${nth}`,
};
