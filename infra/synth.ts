/** Synthesis in this process, offline: for tests, for the architecture's picture, and for whoever serves the API elsewhere. */
import { makeApp, makePipeline } from './pipeline.ts';
import type { InfraSettings } from './settings.ts';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are whatever CloudFormation takes
  readonly Properties: Readonly<Record<string, any>>;
}

/** The template of the stack with the API: its routes and mapping templates are what a local gateway serves. */
export function synthIngress(settings: InfraSettings): Template {
  const app = makeApp();
  const { ingress } = makePipeline(app, settings);
  return app.synth().getStackArtifact(ingress.artifactId).template as Template;
}
