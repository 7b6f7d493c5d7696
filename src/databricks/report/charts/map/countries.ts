/** Maps names of countries, in the many spellings found in data, to ISO 3166 numbers. An ambiguous name has several numbers. */
import iso from 'i18n-iso-countries';

/** Names that are neither in the package nor in Unicode: adjectival official names, former names and other common names. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  AE: ['Emirates'],
  AR: ['Argentine Republic'],
  BF: ['Upper Volta'],
  BN: ['Nation of Brunei, the Abode of Peace', 'Negara Brunei Darussalam'],
  BQ: ['Bonaire', 'Bonaire, Saint Eustatius and Saba', 'Caribbean Netherlands'],
  BO: ['Plurinational State of Bolivia'],
  BY: ['Byelorussia', 'Belorussia'],
  CD: ['Congo (DRC)', 'DR Congo', 'Zaire'],
  CG: ['Congo-Brazzaville'],
  CH: ['Swiss Confederation'],
  CN: ['Mainland China', 'PRC', 'P.R. China'],
  CV: ['Cabo Verde'],
  EH: ['Sahrawi Arab Democratic Republic'],
  ER: ['State of Eritrea'],
  FK: ['Falklands'],
  FM: ['Micronesia'],
  FO: ['Faeroe Islands'],
  FR: ['French Republic'],
  GA: ['Gabonese Republic'],
  GB: ['United Kingdom of Great Britain and Northern Ireland', 'Britain'],
  GR: ['Hellenic Republic', 'Hellas'],
  GS: ['South Georgia'],
  HK: ['Hong Kong Special Administrative Region of China', 'Hong Kong, China'],
  IE: ['Eire'],
  IL: ['State of Israel'],
  IT: ['Italian Republic'],
  KG: ['Kyrgyz Republic', 'Kirghizia'],
  KN: ['Saint Christopher and Nevis'],
  KP: ['Korea', 'Democratic People’s Republic of Korea', 'DPRK', 'Korea DPR'],
  KR: ['Korea', 'ROK'],
  KW: ['State of Kuwait'],
  LA: ['Lao PDR'],
  LB: ['Lebanese Republic'],
  LK: ['Ceylon'],
  LY: ['Libyan Arab Jamahiriya', 'State of Libya'],
  MD: ['Moldavia'],
  MK: ['Macedonia', 'The former Yugoslav Republic of Macedonia', 'FYROM'],
  MM: ['Burma'],
  MO: ['Macau', 'Macao Special Administrative Region of China'],
  MV: ['Maldive Islands'],
  MX: ['United Mexican States'],
  NL: ['Holland'],
  PG: ['Independent State of Papua New Guinea'],
  PN: ['Pitcairn Group', 'Pitcairn, Henderson, Ducie and Oeno Islands'],
  PS: ['Palestinian Territory', 'Occupied Palestinian Territory'],
  PT: ['Portuguese Republic'],
  QA: ['State of Qatar'],
  RO: ['Roumania', 'Rumania'],
  SH: ['Saint Helena, Ascension and Tristan da Cunha'],
  SJ: ['Svalbard', 'Jan Mayen'],
  SK: ['Slovak Republic'],
  ST: ['Saint Thomas and Prince'],
  SY: ['Syria'],
  SZ: ['Swaziland'],
  TF: ['French Southern and Antarctic Lands'],
  TG: ['Togolese Republic'],
  TH: ['Siam'],
  TL: ['East Timor'],
  TN: ['Tunisian Republic'],
  TW: ['Republic of China', 'Chinese Taipei', 'Formosa'],
  UM: ['US Minor Outlying Islands', 'U.S. Outlying Islands'],
  UY: ['Oriental Republic of Uruguay', 'Eastern Republic of Uruguay'],
  VA: ['Vatican'],
  VI: ['United States Virgin Islands'],
  VN: ['Viet Nam'],
  VU: ['New Hebrides'],
  WS: ['Western Samoa', 'Independent State of Samoa'],
  YE: ['Yemeni Republic'],
  ZA: ['RSA'],
  ZW: ['Rhodesia'],
};

const FILLERS = new Set(['the', 'of', 'and', 'island', 'islands', 'is']);
const SHORTENED: Readonly<Record<string, string>> = {
  st: 'saint',
  rep: 'republic',
  dem: 'democratic',
  n: 'north',
  s: 'south',
};

/**
 * Words of official names that the lookup ignores. `state` is not among them: otherwise `Niger State` in Nigeria would match the
 * country Niger.
 */
const TITLES = new Set(
  'republic kingdom commonwealth principality sultanate union federal federated federative states democratic peoples socialist islamic arab grand duchy hashemite bolivarian most serene co operative cooperative territory collectivity country bailiwick federation independent sovereign department'.split(
    ' ',
  ),
);

/**
 * Returns the same text for all spellings of a name: `Virgin Islands, British` and `British Virgin Islands`, `Côte d’Ivoire`
 * and `Cote d'Ivoire`, `U.K.` and `UK`.
 */
export const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{Mark}|['’]/gu, '')
    .replaceAll(/(?<=\b[a-z])\.\s?(?=[a-z]\b)/gi, '')
    .toLowerCase()
    .split(/[^\p{Letter}\p{Number}]+/u)
    .map((word) => SHORTENED[word] ?? word)
    .filter((word) => word !== '' && !FILLERS.has(word))
    .sort()
    .join(' ');

/** Returns the forms of a name such as `Slovakia (Slovak Republic)`: the full name, the part before the parentheses, and the part inside. */
const formsOf = (name: string): string[] => {
  const [, before, inside] = /^(.*?)\s*\(([^()]*)\)$/.exec(name) ?? [];
  return [name, before, inside].flatMap((form) => (form ? plainName(form) : []));
};

const unicodeNames = (['long', 'short'] as const).map((style) => {
  const names = new Intl.DisplayNames('en', { type: 'region', style });
  return Object.fromEntries(Object.keys(iso.getAlpha2Codes()).map((code) => [code, names.of(code) ?? []]));
});

/** Names in the country's main language: `Deutschland`. */
const ownNames = Object.fromEntries(
  Object.keys(iso.getAlpha2Codes()).map((code) => {
    const { language } = new Intl.Locale(`und-${code}`).maximize();
    return [code, new Intl.DisplayNames(language, { type: 'region' }).of(code) ?? []];
  }),
);

const numbers = new Map<string, Set<string>>();
for (const names of [iso.getNames('en', { select: 'all' }), ...unicodeNames, ownNames, ALSO])
  for (const [code, written] of Object.entries(names))
    for (const form of [written].flat().flatMap(formsOf).filter(Boolean))
      numbers.set(form, (numbers.get(form) ?? new Set()).add(iso.alpha2ToNumeric(code) as string));

/** Returns the countries with this name or ISO 3166 code: none, one, or several (`Congo`). */
export function countriesCalled(name: string): string[] {
  const code = iso.toAlpha2(name.trim().toUpperCase());
  const number = code && iso.alpha2ToNumeric(code);
  if (number) return [number];
  const forms = formsOf(name);
  const form = [...forms, ...forms.map(withoutTitles)].find((one) => numbers.has(one));
  return form === undefined ? [] : [...(numbers.get(form) as Set<string>)];
}

const withoutTitles = (form: string): string =>
  form
    .split(' ')
    .filter((word) => !TITLES.has(word))
    .join(' ');
