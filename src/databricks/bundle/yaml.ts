/**
 * YAML as the Databricks CLI reads it: keys are text, `<<` merges, `yes` is text, integers are decimal. What the CLI refuses, or reads
 * without a word in a way that other readers don't, is refused. https://github.com/databricks/cli/blob/main/libs/dyn/yamlloader/loader.go
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

/** @throws FileError where the text is no YAML, BundleError for YAML that the CLI refuses */
export function treeOf(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) {
    const why = String(problem.message.split('\n')[0]).replace(/[:.]$/, '');
    throw new FileError(file, {}, { problem: `is no YAML (${why})`, fix: 'correct it', cause: problem });
  }
  /** The nodes that are being read: an alias to one of them would have no end. */
  const open = new Set<Node>();

  const wrong = (node: Node, sentence: string) =>
    new BundleError([`${file}:${lines.linePos(node.range?.[0] ?? 0).line}: ${sentence}`]);

  const read = (node: unknown): unknown => {
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (!target) throw wrong(node, `No &${node.source} stands before *${node.source}.`);
      if (open.has(target)) throw wrong(node, `*${node.source} stands within what it stands for.`);
      return read(target);
    }
    if (isScalar(node)) return scalarOf(node);
    if (!isMap(node) && !isSeq(node)) return null;
    if (node.tag && !CORE_TAGS.has(node.tag)) throw wrong(node, `The tag ${node.tag} is not understood.`);
    open.add(node);
    const value = isMap(node) ? mapOf(node) : node.items.map(read);
    open.delete(node);
    return value;
  };

  const scalarOf = (node: Scalar): unknown => {
    const { value, source = '', type, tag } = node;
    if (tag && !CORE_TAGS.has(tag)) throw wrong(node, `The tag ${tag} is not understood.`);
    if (type !== 'PLAIN') return value;
    const isOdd = typeof value === 'number' ? !DECIMAL.test(source) : ODD_NUMBER.test(source);
    if (isOdd || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      throw wrong(
        node,
        `A number is decimal, at most 2^53 and without _; got ${source}: quote it where it is a text.`,
      );
    return value;
  };

  const mapOf = (map: YAMLMap): Tree => {
    const own: [string, unknown][] = [];
    const merged: [string, unknown][] = [];
    for (const { key, value } of map.items) {
      if (isScalar(key) && key.value === '<<' && key.type === 'PLAIN') merged.push(...mergedBy(key, value));
      else if (isScalar(key) && typeof key.value === 'string') own.push([key.value, read(value)]);
      else throw wrong((key ?? map) as Node, `A key is a text; got ${key}: quote it.`);
    }
    return Object.fromEntries([...merged, ...own]);
  };

  /** Of several maps with one key the CLI takes the last, where YAML's own description of `<<` takes the first. */
  const mergedBy = (key: Scalar, value: unknown): [string, unknown][] => {
    const sources = isSeq(value) ? value.items : isAlias(value) ? [value] : undefined;
    const maps = sources?.map(read);
    if (!maps?.every(isTree))
      throw wrong(key as Node, '<< takes an alias of a map, as in *common, or a list of them.');
    return maps.flatMap((one) => Object.entries(one));
  };

  return read(document.contents);
}

const CORE_TAGS = new Set(
  ['str', 'int', 'float', 'bool', 'null', 'map', 'seq'].map((name) => `tag:yaml.org,2002:${name}`),
);

const DECIMAL = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

/** What the CLI takes for a number and then can't read: `1_000`, `0b11`. */
const ODD_NUMBER = /^[-+]?(0b[01_]+|(?=.*_)(0[xo])?\d[\da-f_]*(\.[\d_]*)?)$/i;
