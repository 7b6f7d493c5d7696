/**
 * Renders templates. A notebook's template contains Databricks' cell separators, but no `MAGIC` comments. Rendering adds these
 * comments to cells that begin with `%md`, `%sql` or `%run`.
 */
import path from 'node:path';
import Handlebars from 'handlebars';
import { literal } from '../src/datasets/sql.ts';
import { AppError } from '../src/errors.ts';
import { readText } from '../src/files/read.ts';
import { cleanTable, rawTable, rejectedTable } from '../src/names.ts';
import { PROJECT } from '../src/project/project.ts';
import { python } from './python.ts';
import { ANY_DATASET } from './tables.ts';
import { cell, markdown } from './text.ts';

const handlebars = Handlebars.create();

/** Indents every line of a text, for SQL that spans several lines. */
handlebars.registerHelper('indent', (spaces: number, text: string) =>
  text
    .split('\n')
    .map((line) => ' '.repeat(spaces) + line)
    .join('\n'),
);

for (const [name, helper] of Object.entries({ python, markdown, cell, literal }))
  handlebars.registerHelper(name, (text: string) => helper(text));

/**
 * Renders a template of generator/templates without escaping. The template can use `project` and the names in `data`. Any other
 * name is an error.
 */
export function render(template: string, data: object): string {
  const source = readText(path.join(import.meta.dirname, 'templates', template));
  return handlebars.compile(source, { strict: true, noEscape: true })({ project: PROJECT, ...data });
}

/**
 * Returns a notebook in Databricks' source format, `.py` or `.sql` like its template. Its first cell, the title, ends
 * with the path of the facts.
 */
export function renderNotebook(template: string, facts: string, data: object): string {
  const comment = template.endsWith('.sql.hbs') ? '--' : '#';
  const separator = `${comment} COMMAND ----------`;
  const header = `${comment} Databricks notebook source`;
  const [first = '', ...rest] = render(template, data).trimEnd().split(`\n${separator}\n`);
  if (!first.startsWith(`${header}\n`))
    throw new AppError('TEMPLATE', `generator/templates/${template} must begin with the line "${header}".`);
  const title = `${first.slice(header.length + 1).trim()}\n\nRendered from \`${facts}\` by \`npm run generate\`.`;
  const isSql = (cell: string) => (comment === '--' ? !cell.startsWith('%') : cell.startsWith('%sql'));
  const cells = [title, ...rest]
    .map((cell) => cell.trim())
    .map((cell) => magic(isSql(cell) ? withPlainDollars(cell, facts) : cell, comment));
  return `${header}\n${cells.join(`\n\n${separator}\n\n`)}\n`;
}

/** The tables' names in notebooks that serve all datasets: in their code, and in their Markdown. */
const TABLES = {
  raw: rawTable(ANY_DATASET),
  clean: cleanTable(ANY_DATASET),
  rejected: rejectedTable(ANY_DATASET),
  rawName: rawTable('<dataset>'),
  cleanName: cleanTable('<dataset>'),
  rejectedName: rejectedTable('<dataset>'),
};

/** Returns a notebook for all datasets. Its title names the notebook's template as its source. */
export const rendered = (template: string, data: object = {}): string =>
  renderNotebook(template, `generator/templates/${template}`, { ...TABLES, ...data });

/** Comments, raw strings, quoted names, and other strings. */
const QUOTED = /--[^\n]*|\/\*.*?\*\/|(?<!\w)r(?:'[^']*'|"[^"]*")|`[^`]*`|(['"])(?:\\.|(?!\1)[^\\])*\1/gis;

/** Escapes each `$` of a notebook's SQL, because `$` refers to a widget there. @throws AppError where it can't be escaped */
function withPlainDollars(cell: string, facts: string): string {
  // In a raw string and in a quoted name, a backslash escapes nothing.
  const found = cell.match(QUOTED)?.find((text) => /^[r`].*\$/is.test(text));
  if (found !== undefined) {
    const remedy = found.startsWith('`')
      ? 'use another name'
      : 'write it without r, and with \\\\ for each \\';
    throw new AppError(
      'TEMPLATE',
      `${facts}: ${found} contains $, which refers to a widget in a notebook and can't be escaped there: ${remedy}.`,
    );
  }
  // An odd number of backslashes already escapes the $.
  return cell.replaceAll(/(?<!\\)((?:\\\\)*)\$/g, '$1\\$');
}

const magic = (cell: string, comment: string): string =>
  /^%(md|sql|run)\b/.test(cell)
    ? cell
        .split('\n')
        .map((line) => `${comment} MAGIC ${line}`.trimEnd())
        .join('\n')
    : cell;
