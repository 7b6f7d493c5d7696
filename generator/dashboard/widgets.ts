/**
 * Widgets of an AI/BI dashboard, in the format that Databricks exports. A field must have the same name in the query and in
 * the encoding. `version` depends on the type of the widget. Sources: https://docs.databricks.com/dashboards/ and the exported
 * dashboards in github.com/databricks/bundle-examples.
 */

/** A widget as JSON. */
export type Widget = object;

export interface Shown {
  readonly name: string;
  readonly dataset: string;
  readonly title: string;
  readonly says: string;
}

/** Shows the rows in the order of the dataset's query. */
const AS_QUERIED = { type: 'categorical', sort: { by: 'natural-order' } } as const;
const QUANTITY = { type: 'quantitative' } as const;

const VERSIONS = { bar: 3, line: 3, heatmap: 3, table: 1 } as const;

export const text = (name: string, ...lines: readonly string[]): Widget => ({
  name,
  multilineTextboxSpec: { lines },
});

const widget = (
  { name, dataset, title, says }: Shown,
  type: keyof typeof VERSIONS,
  columns: readonly string[],
  encodings: Readonly<Record<string, unknown>>,
): Widget => ({
  name,
  queries: [
    {
      name: 'main_query',
      query: {
        datasetName: dataset,
        fields: columns.map((column) => ({ name: column, expression: `\`${column}\`` })),
        disaggregated: true,
      },
    },
  ],
  spec: {
    version: VERSIONS[type],
    widgetType: type,
    encodings,
    frame: { showTitle: true, title, showDescription: says !== '', description: says },
  },
});

const along = (column: string, scale: object, title: string) => ({
  fieldName: column,
  scale,
  displayName: title,
});

const LABELLED = { label: { show: true } } as const;

/** Returns horizontal bars, one for each name. */
export const bars = (shown: Shown, name: string, value: string, titles: readonly [string, string]): Widget =>
  widget(shown, 'bar', [name, value], {
    x: along(value, QUANTITY, titles[1]),
    y: along(name, AS_QUERIED, titles[0]),
    ...LABELLED,
  });

/** Returns vertical bars or a line, with the names from left to right. */
export const overTime = (
  shown: Shown,
  type: 'bar' | 'line',
  name: string,
  value: string,
  titles: readonly [string, string],
): Widget =>
  widget(shown, type, [name, value], {
    x: along(name, AS_QUERIED, titles[0]),
    y: along(value, QUANTITY, titles[1]),
    ...LABELLED,
  });

export const heatmap = (
  shown: Shown,
  [across, down, value]: readonly [string, string, string],
  titles: readonly [string, string, string],
): Widget =>
  widget(shown, 'heatmap', [across, down, value], {
    x: along(across, AS_QUERIED, titles[0]),
    y: along(down, AS_QUERIED, titles[1]),
    color: along(value, QUANTITY, titles[2]),
    ...LABELLED,
  });

export interface TableColumn {
  readonly name: string;
  readonly title: string;
  readonly as: 'string' | 'number' | 'datetime';
}

const TYPES = { string: 'string', number: 'float', datetime: 'datetime' } as const;

export const table = (shown: Shown, columns: readonly TableColumn[]): Widget =>
  widget(
    shown,
    'table',
    columns.map(({ name }) => name),
    {
      columns: columns.map(({ name, title, as }, order) => ({
        fieldName: name,
        title,
        displayName: title,
        type: TYPES[as],
        displayAs: as,
        alignContent: as === 'number' ? 'right' : 'left',
        visible: true,
        order,
      })),
    },
  );
