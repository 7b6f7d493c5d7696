/** Which jobs of a workspace belong to a pipeline. */
import { PROJECT } from '../project/project.ts';

/** Returns whether a job with these tags belongs to the pipeline. The job's name is not enough, because one id may begin with another. */
export const isOfPipeline = (id: string, tags: Readonly<Record<string, string>> | undefined): boolean =>
  tags?.project === PROJECT && tags.pipeline === id;
