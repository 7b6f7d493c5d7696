/** Paths of a project's facts and their test rows, relative to its folder. */

/** The facts of a project; everything else in src is the engine. */
export const FACTS = 'src/project';

export const PROJECT_FILE = `${FACTS}/project.ts`;
export const DATASETS_INDEX = `${FACTS}/datasets/index.ts`;
export const QUERIES_INDEX = `${FACTS}/queries/index.ts`;

export const datasetFile = (name: string): string => `${FACTS}/datasets/${name}.ts`;
export const queryFile = (name: string): string => `${FACTS}/queries/${name}.sql`;

/** The file with test rows of a dataset's rules: given rows and expected rows. */
export const ruleRowsFile = (name: string): string => `test/spark/rules/${name}.yml`;
/** The file with test rows of a question: given rows and expected rows. */
export const queryRowsFile = (name: string): string => `test/spark/queries/${name}.yml`;
