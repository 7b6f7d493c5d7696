/**
 * Parses YAML as the Databricks CLI does: keys are text, `<<` merges, `yes` is text, integers are decimal. Rejects text
 * that the CLI rejects, and text that the CLI silently reads differently from other parsers.
 * https://github.com/databricks/cli/blob/main/libs/dyn/yamlloader/loader.go
 */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { FileError } from '../../files/errors.ts';
import { BundleError } from './errors.ts';
import { isTree, type Tree } from './tree.ts';

/** @throws FileError if the text is not YAML, BundleError for YAML that the CLI rejects */
export function treeOf(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const why = String(problem.message.split('\n')[0]).replace(/[:.]$/, '');
    throw new FileError(
      file,
      {},
      { problem: `is not valid YAML (${why})`, fix: 'correct it', cause: problem },
    );
  }
  /** The nodes that are being read: an alias to such a node would be an endless loop. */
  const open = new Set<Node>();

  const wrong = (node: Node, sentence: string) =>
    new BundleError([`${file}:${lines.linePos(node.range?.[0] ?? 0).line}: ${sentence}`]);

  const read = (node: unknown): unknown => {
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target) throw wrong(node, `There is no &${node.source} before *${node.source}.`);
      if (open.has(target)) throw wrong(node, `*${node.source} refers to a node that contains it.`);
      return read(target);
    }
    if (isScalar(node)) return scalarOf(node);
    if (!isMap(node) && !isSeq(node)) return null;
    if (node.tag && !CORE_TAGS.has(node.tag)) throw wrong(node, `The tag ${node.tag} is not supported.`);
    open.add(node);
    const value = isMap(node) ? mapOf(node) : node.items.map(read);
    open.delete(node);
    return value;
  };

  const scalarOf = (node: Scalar): unknown => {
    const { value, source = '', type, tag } = node;
    if (tag && !CORE_TAGS.has(tag)) throw wrong(node, `The tag ${tag} is not supported.`);
    if (type !== 'PLAIN') return value;
    const isOdd = typeof value === 'number' ? !DECIMAL.test(source) : ODD_NUMBER.test(source);
    if (isOdd || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      throw wrong(
        node,
        `A number must be decimal, at most 2^53 and without _; got ${source}: quote it if it is text.`,
      );
    return value;
  };

  const mapOf = (map: YAMLMap): Tree => {
    const own: [string, unknown][] = [];
    const merged: [string, unknown][] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(...mergedBy(key, value));
      else if (isScalar(key) && typeof key.value === 'string') own.push([key.value, read(value)]);
      else throw wrong((key ?? map) as Node, `A key must be text; got ${key}: quote it.`);
    }
    return Object.fromEntries([...merged, ...own]);
  };

  /** If several merged maps have the same key, the CLI takes the last value; the YAML specification of `<<` takes the first. */
  const mergedBy = (key: Scalar, value: unknown): [string, unknown][] => {
    const sources = isSeq(value) ? value.items : isAlias(value) ? [value] : undefined;
    const maps = sources?.map(read);
    if (!maps?.every(isTree))
      throw wrong(key as Node, '<< needs an alias of a map, as in *common, or a list of aliases.');
    return maps.flatMap((one) => Object.entries(one));
  };

  return read(document.contents);
}

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

const DECIMAL = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** Text that the CLI takes for a number and then can't parse: `1_000`, `0b11`. */
const ODD_NUMBER = /^[-+]?(0b[01_]+|(?=.*_)(0[xo])?\d[\da-f_]*(\.[\d_]*)?)$/i;
