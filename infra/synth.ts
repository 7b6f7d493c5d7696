/** Synthesizes the templates in this process, offline: for tests, for the architecture diagram, and for the local gateway, which serves the API of the templates. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { StackPart } from './parts.ts';
import { makeApp, makePipeline } from './pipeline.ts';
import type { InfraSettings } from './settings.ts';

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties can have any type
  readonly Properties: Readonly<Record<string, any>>;
  readonly DependsOn?: readonly string[];
  /** Where findings of cdk-nag are acknowledged. */
  readonly Metadata?: {
    readonly cdk_nag?: { readonly rules_to_suppress: readonly { id: string; reason: string }[] };
  };
}

export type Templates = Readonly<Partial<Record<StackPart, Template>>>;

/** Returns the templates of all stacks. If `outdir` is given, also keeps them there as files. */
export function synthAll(settings: InfraSettings, outdir?: string): Templates {
  // The CDK always writes files, and never deletes them.
  const folder = outdir ?? mkdtempSync(path.join(os.tmpdir(), 'cdk.out-'));
  try {
    const app = makeApp(folder);
    const stacks = makePipeline(app, settings);
    const assembly = app.synth();
    const templates = Object.entries(stacks).map(([part, stack]) => [
      part,
      assembly.getStackArtifact(stack.artifactId).template as Template,
    ]);
    return Object.fromEntries(templates) as Templates;
  } finally {
    if (outdir === undefined) rmSync(folder, { recursive: true });
  }
}

/** Returns the template of the stack with the API: a local gateway serves its routes and mapping templates. */
export function synthIngress(settings: InfraSettings): Template {
  return synthAll(settings).ingress as Template;
}
