/** What a field's name indicates about its values. */
import { capital } from '../../src/format.ts';
import { TAKEN_COLUMNS } from '../check.ts';

/** Names that databases write in lower case without a mark between their words. Other words end in `id`, too: `paid`, `valid`. */
const COMPOUND = new RegExp(
  `^(?:(${[
    'account|anonymous|app|cart|client|cust|customer|device|doc|event|group|invoice|item|line|member|message|order',
    'page|parent|payment|person|product|request|row|session|shop|site|span|store|ticket|trace|transaction|trip|txn',
    'user|vendor|visitor',
  ].join('|')})(ids?|key|no|nr|number|uuid)|(changed|created|deleted|modified|updated)(at|on))$`,
);

/** Returns the words of a name in lower case: `orderId`, `Order ID`, `order_id` and `orderid` are `order id`. */
export const wordsOf = (name: string): string[] =>
  name
    .replaceAll(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => word.toLowerCase())
    .flatMap((word) => COMPOUND.exec(word)?.slice(1).filter(Boolean) ?? word);

/** Returns a function that tells whether a name has one of the words. `list` contains them, separated by blanks. */
export function has(list: string): (name: string) => boolean {
  const known = new Set(list.split(/\s+/));
  return (name) => wordsOf(name).some((word) => known.has(word));
}

const isTime = has(
  `at created date datetime day epoch expires modified since time timestamp ts updated when millis ms`,
);
const isId = has('id ids uuid guid key number no nr code ref reference index sku');
const isCount = (name: string) => /\b(number|no|nr) of\b/.test(wordsOf(name).join(' '));
const isLine = has('line item position pos row');
const isMoney =
  has(`amount balance charge cost discount fare fee money paid payment price refund revenue salary
  subtotal surcharge tax tip tolls total vat`);
const isNoMoney = has(`cents count items lines method minor percent quantity qty rate rows seconds size status
  type units duration ms minutes hours days at date`);

/** What a field's name indicates. If the values contradict the name, the values decide. */
export const hints = {
  time: isTime,
  id: (name: string) => isId(name) && !isCount(name),
  /** Parts of a larger thing, such as the lines of an order, which are numbered anew in each. */
  line: isLine,
  /** Numbers that count or date records, and do not measure anything. */
  ordinal: (name: string) =>
    isLine(name) ||
    has('seq sequence serial offset ordinal partition year quarter month week day hour')(name),
  /** Names of what a row can be at different times. */
  state: has('status state stage phase type reason error'),
  money: (name: string) => isMoney(name) && !isNoMoney(name) && !hints.id(name),
  /** Identifiers made of digits, not quantities: they are never summed, and their leading zeros are significant. */
  digits:
    has(`account barcode card ean fax iban isbn mobile phone postal postcode ssn tel telephone zip zipcode
  imei upc`),
  flag: (name: string) =>
    /^(is|has|can|was|did|should)$/.test(wordsOf(name)[0] ?? '') ||
    has('flag enabled active deleted verified yn paid valid success')(name),
  latitude: has('lat latitude'),
  longitude: has('lon lng long longitude'),
  percent: has('percent pct percentage'),
  age: (name: string) => wordsOf(name).join(' ') === 'age',
  /** Fields that may get new values at any time, even if the sample has only few. */
  open: has(`author brand browser campaign category city company country customer department host location
  model name place product referrer region shop source state store tag tags title topic town user
  vendor version repo actor comment`),
  /** Kinds of events, of which new ones come with each release of the program that sends them. */
  kind: (name: string) => /^(action|event|type|event type|event action)$/.test(wordsOf(name).join(' ')),
  version: (name: string) =>
    has('version specversion appversion firmware release build')(name) && !isTime(name),
  changed: has('updated modified changed version revision last'),
};

/** Returns the words of a name for a reader: "Order id". */
export const described = (name: string): string => capital(wordsOf(name).join(' '));

const IDENTIFIER = /^[A-Za-z_]\w{0,126}$/;

/** Returns a free name for a field's column. This is the field's name if it needs no quotes in SQL, otherwise a similar name. */
export function columnName(field: string, taken: ReadonlySet<string>): string {
  const plain = IDENTIFIER.test(field)
    ? field
    : wordsOf(field.normalize('NFKD').replaceAll(/\p{M}/gu, '').replaceAll('ß', 'ss'))
        .map((word) => word.replaceAll(/\W/g, ''))
        .filter(Boolean)
        .join('_')
        .slice(0, 120);
  const free = TAKEN_COLUMNS.includes(plain.toLowerCase()) ? `${plain.replace(/^_/, '')}_value` : plain;
  const start = free === '' ? 'field' : /^\d/.test(free) ? `_${free}` : free;
  for (let name = start, nth = 2; ; name = `${start}_${nth++}`)
    if (!taken.has(name.toLowerCase())) return name;
}
