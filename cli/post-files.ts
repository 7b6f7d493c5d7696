/** The files of a folder of posts, as help texts list them. */
import { POST_DATASETS } from '../src/project/project.ts';

export const POST_FILES = POST_DATASETS.map((name) => `${name}.jsonl`).join(' ');
