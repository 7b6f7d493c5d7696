/** The report's map: every row is shown at its country or named below, whatever form the country's name has. */
import { faker } from '@faker-js/faker';
import iso from 'i18n-iso-countries';
import { describe, expect, test } from 'vitest';
import type { Row } from '../../src/databricks/answers.ts';
import { countriesCalled } from '../../src/databricks/report/charts/map/countries.ts';
import { world } from '../../src/databricks/report/charts/map/world.ts';
import { page } from '../../src/databricks/report/page.ts';
import { parseQuery } from '../../src/queries/query.ts';
import { captionsOf, marksOf, rowsOf, sectionOf, textOf } from '../fixtures/report.ts';

const reportOf = (rows: Row[], scale = 'linear', names = ['answer']): Promise<string> => {
  const made = new Date('2026-11-25T10:00:00Z');
  const sql = `-- What?\n-- chart: map value=n by=country label=category scale=${scale}\nSELECT country, category, n FROM clean_pin`;
  const table = { rows, made: { version: 3, at: made }, from: [] };
  return page({
    made,
    host: 'https://workspace.test',
    schema: 'main.pinterest',
    answers: names.map((name) => ({ query: parseQuery(name, sql), table })),
    datasets: [],
    runs: [],
  });
};
const sectionWith = async (rows: Row[], scale?: string) => sectionOf(await reportOf(rows, scale), 'answer');

const NO_PLACE = 'Too small for the map, or part of another country on it:';
const NO_COUNTRY = 'Not the name of a country, or ambiguous:';
const END = 'The table has all of them. Map and borders: Natural Earth, in the public domain.';

describe("a country's name", () => {
  test.each([
    ["Cote d'Ivoire", '384'],
    ['Côte d’Ivoire', '384'],
    ['United States of America', '840'],
    ['Antarctica (the territory South of 60 deg S)', '010'],
    ['Holy See (Vatican City State)', '336'],
    ['Slovakia (Slovak Republic)', '703'],
    ['Libyan Arab Jamahiriya', '434'],
    ['Saint Martin', '663'],
    ['Sint Maarten', '534'],
    ['Virgin Islands, British', '092'],
    ['British Virgin Islands', '092'],
    ['Trinidad & Tobago', '780'],
    ['Republic of Korea', '410'],
    ["Democratic People's Republic of Korea", '408'],
    ['Democratic Republic of the Congo', '180'],
    ['Guinea', '324'],
    ['Guinea-Bissau', '624'],
    ['Niger', '562'],
    // Short names in the map that are not in ISO's list, and countries without an ISO number.
    ['Moldova', '498'],
    ['Micronesia', '583'],
    ['Kosovo', '983'],
    ['Republic of Kosovo', '983'],
    ['Somaliland', 'Somaliland'],
    // Common and former names.
    ['Viet Nam', '704'],
    ['Laos', '418'],
    ['Lao PDR', '418'],
    ['Syria', '760'],
    ['Brunei', '096'],
    ['Macedonia', '807'],
    ['Cabo Verde', '132'],
    ['East Timor', '626'],
    ['Burma', '104'],
    ['Myanmar (Burma)', '104'],
    ['Vatican City', '336'],
    ['Swaziland', '748'],
    ['Zaire', '180'],
    ['Macau', '446'],
    ['Hong Kong SAR China', '344'],
    // Abbreviations and codes.
    ['U.K.', '826'],
    ['U. S. A.', '840'],
    ['N. Korea', '408'],
    ['Dem. Rep. Congo', '180'],
    ['Dominican Rep.', '214'],
    ['St. Lucia', '662'],
    ['DE', '276'],
    ['vnm', '704'],
    // Codes that are also words (is, and). Such words are ignored in longer names.
    ['IS', '352'],
    ['AND', '020'],
    // Official names, in any order of their words.
    ['Korea, Republic of', '410'],
    ['Tanzania, United Republic of', '834'],
    ['Iran (Islamic Republic of)', '364'],
    ['Bolivia, Plurinational State of', '068'],
    ['Socialist Republic of Viet Nam', '704'],
    ['United Kingdom of Great Britain and Northern Ireland', '826'],
    ['Republic of China', '158'],
    ["People's Republic of China", '156'],
    ['Republic of Dominica', '212'],
    ['Federal Republic of Germany', '276'],
    ['Kingdom of Spain', '724'],
    ['Deutschland', '276'],
    ['España', '724'],
    ['日本', '392'],
  ])('%s is found on the map', (name, place) => {
    expect(world().placeOf(name)).toBe(place);
  });

  test.each([
    ['Korea', 2],
    ['Virgin Islands', 0],
    ['Niger State', 0],
    ['Republic', 0],
    ['The Islands', 0],
    ['Ísland', 0],
    ['Congo', 2],
    ['Netherlands Antilles', 0],
    ['Atlantis', 0],
    ['', 0],
    ['()', 0],
    ['Bouvet Island (Bouvetoya)', 1],
    ['French Guiana', 1],
  ])('%s matches %i countries and has no place on the map', (name, countries) => {
    expect(countriesCalled(name)).toHaveLength(countries);
    expect(world().placeOf(name)).toBeUndefined();
  });

  test("of ISO's list matches its own country", () => {
    for (const [code, names] of Object.entries(iso.getNames('en', { select: 'all' })))
      for (const name of names.filter((one) => one !== 'Congo'))
        expect(countriesCalled(name), name).toEqual([iso.alpha2ToNumeric(code)]);
  });

  test("of Unicode's list matches its own country", () => {
    for (const style of ['long', 'short'] as const) {
      const names = new Intl.DisplayNames('en', { type: 'region', style });
      for (const code of Object.keys(iso.getAlpha2Codes()))
        expect(countriesCalled(names.of(code) ?? ''), code).toEqual([iso.alpha2ToNumeric(code)]);
    }
  });

  test('in generated posts matches one country, except Congo, which matches two', () => {
    const names = faker.rawDefinitions.location?.country ?? [];
    expect(names.length).toBeGreaterThan(200);
    expect(names.filter((name) => !world().placeOf(name) && countriesCalled(name).length !== 1)).toEqual([
      'Congo',
    ]);
  });
});

test('a country too small for a shape is a dot on its largest island', () => {
  const { shapes, spots } = world();
  const rounded = (key: string) => spots.get(key)?.map(Math.round);
  expect(rounded('336')).toEqual([12, 42]); // the Vatican
  expect(rounded('702')).toEqual([104, 1]); // Singapore
  expect(rounded('296')?.[1]).toBe(2); // Kiribati: Kiritimati, not the sea between its islands on both sides of 180°
  expect([...spots.keys()].filter((key) => shapes.has(key))).toEqual([]);
});

describe('a map', () => {
  test('shows each country with its number and all winners; a text below the map lists the countries that it does not show', async () => {
    const rows = [
      { country: 'Bouvet Island (Bouvetoya)', category: 'art', n: 5 },
      { country: 'Congo', category: 'art', n: 15 },
      { country: "Cote d'Ivoire", category: 'quotes', n: 1234 },
      { country: 'France', category: 'art', n: 4 },
      { country: 'France', category: 'quotes', n: 4 },
      { country: 'France', category: 'travel', n: 4 },
      { country: 'Korea', category: 'art', n: 8 },
      { country: 'Malta', category: 'finance', n: 0 },
    ];
    const section = await sectionWith(rows);
    expect(marksOf(section, 'map').sort()).toEqual([
      "Cote d'Ivoire: 1,234 n (quotes)",
      'France: 4 n (art, quotes, travel)',
      'Malta: 0 n (finance)',
    ]);
    expect(captionsOf(section)).toEqual([
      `${NO_PLACE} Bouvet Island (Bouvetoya) (5). ${NO_COUNTRY} Congo (15); Korea (8). ${END}`,
    ]);
    // The text for screen readers also names these countries.
    expect(section).toContain(`${NO_COUNTRY} Congo (15); Korea (8).`);
    expect(rowsOf(section)).toHaveLength(rows.length);
  });

  test('is followed by bars for the countries with the highest numbers; each bar is labelled with the winner of its country', async () => {
    const rows = [...world().shapes.values()]
      .map(({ properties }) => properties.name)
      .map((country, n) => ({ country, category: 'art', n: n + 1 }));
    const section = await sectionWith(rows, 'log');
    expect(marksOf(section, 'bars')).toHaveLength(20);
    expect(marksOf(section, 'bars')[0]).toBe(
      marksOf(section, 'map').find((mark) => mark.includes(': 177 n')),
    );
    expect(marksOf(section, 'map')).toHaveLength(rows.length - 1); // Congo
    expect(captionsOf(section)[1]).toBe('The 20 highest of 177. The table has all of them.');
  });

  test('shows two names of a country as one mark with both names, in the colour of the higher number', async () => {
    const section = await sectionWith([
      { country: 'Antarctica', category: 'art', n: 2 },
      { country: 'Antarctica (the territory South of 60 deg S)', category: 'travel', n: 10 },
      { country: 'Chad', category: 'art', n: 3 },
      { country: 'Peru', category: 'art', n: 10 },
    ]);
    const both = 'Antarctica (the territory South of 60 deg S): 10 n (travel); Antarctica: 2 n (art)';
    expect(marksOf(section, 'map').sort()).toEqual([both, 'Chad: 3 n (art)', 'Peru: 10 n (art)']);
    const fillOf = (says: string) =>
      new RegExp(`fill="([^"]*)"[^>]*><title>${says.replaceAll(/[()]/g, '\\$&')}<`).exec(section)?.[1];
    expect(fillOf(both)).toBe(fillOf('Peru: 10 n (art)'));
    expect(fillOf(both)).not.toBe(fillOf('Chad: 3 n (art)'));
    expect(captionsOf(section)).toEqual(['Map and borders: Natural Earth, in the public domain.']);
  });

  test("has a legend of the answer's numbers, with linear or logarithmic steps", async () => {
    const rows = ['Chad', 'Peru', 'Mali', 'Cuba'].map((country, n) => ({
      country,
      category: 'art',
      n: 20 ** n,
    }));
    const legendOf = (section: string) =>
      [...(section.split('</svg>')[0] ?? '').matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
    expect(legendOf(await sectionWith(rows))).toEqual(['N', '1 – 400', '8K', 'none']);
    expect(legendOf(await sectionWith(rows, 'log'))).toEqual(['N', '1', '20', '400', '8K', 'none']);
    expect(legendOf(await sectionWith(rows.slice(0, 1)))).toEqual(['N', '1', 'none']);
  });

  test('of names that are not countries is empty, and all these names are listed', async () => {
    const section = await sectionWith([{ country: '<b>Atlantis</b>', category: 'art', n: 3 }], 'log');
    expect(marksOf(section, 'map')).toEqual([]);
    expect(marksOf(section, 'bars')).toEqual(['<b>Atlantis</b>: 3 n (art)']);
    expect(captionsOf(section)[0]).toBe(`${NO_COUNTRY} <b>Atlantis</b> (3). ${END}`);
    expect(section).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('of an answer without rows, or without numbers, is not drawn', async () => {
    for (const rows of [[], [{ country: 'Peru', category: 'art', n: null }]]) {
      const section = await sectionWith(rows);
      expect(section).not.toContain('<svg');
      expect(textOf(section)).toContain(rows.length === 0 ? '0 rows' : '1 row');
    }
  });

  test('can appear twice on a page without duplicate ids, and is small', async () => {
    const html = await reportOf([{ country: 'Peru', category: 'art', n: 3 }], 'log', ['one', 'two']);
    const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Buffer.byteLength(html)).toBeLessThan(800_000);
  });
});
