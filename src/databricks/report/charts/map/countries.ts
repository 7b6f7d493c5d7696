/** Names of countries, in the many forms data has them, to numbers of ISO 3166. A name that may be of two is nobody's. */
import iso from 'i18n-iso-countries';

/** Names that older lists have and the package lacks, by the country's code. */
const FORMERLY = {
  KG: 'Kyrgyz Republic',
  KP: "Democratic People's Republic of Korea",
  LY: 'Libyan Arab Jamahiriya',
  PS: 'Palestinian Territory',
  SZ: 'Swaziland',
  VI: 'United States Virgin Islands',
};

const FILLERS = new Set(['the', 'of', 'and', 'islands', 'is']);
const SHORTENED: Record<string, string> = { st: 'saint' };

/**
 * The same for all ways to write a name: `Virgin Islands, British` and `British Virgin Islands`, `Côte d’Ivoire` and
 * `Cote d'Ivoire`.
 */
export const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replaceAll(/\p{Mark}|['’]/gu, '')
    .toLowerCase()
    .split(/[^\p{Letter}\p{Number}]+/u)
    .map((word) => SHORTENED[word] ?? word)
    .filter((word) => word !== '' && !FILLERS.has(word))
    .sort()
    .join(' ');

/** As it is, without what is in parentheses, and that alone: `Slovakia (Slovak Republic)`. */
export const formsOf = (name: string): string[] => {
  const [, before, inside] = /^(.*?)\s*\(([^()]*)\)$/.exec(name) ?? [];
  return [name, before, inside].flatMap((form) => (form ? plainName(form) : []));
};

const numbers = new Map<string, Set<string>>();
for (const names of [iso.getNames('en', { select: 'all' }), FORMERLY])
  for (const [code, written] of Object.entries(names))
    for (const form of [written].flat().flatMap(formsOf))
      numbers.set(form, (numbers.get(form) ?? new Set()).add(iso.alpha2ToNumeric(code) as string));

/** The countries that go by this name: none, one, or several (`Congo`). */
export function countriesCalled(name: string): string[] {
  const form = formsOf(name).find((one) => numbers.has(one));
  return form === undefined ? [] : [...(numbers.get(form) as Set<string>)];
}
