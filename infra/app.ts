/** The CDK app. The CDK's command line runs it as `app.ts`; `app.ts <folder>` writes the templates without the command line. */
import { runAsProgram } from '../src/exit.ts';
import { readSettings } from '../src/settings.ts';
import { makeApp, makePipeline } from './pipeline.ts';
import { readInfraSettings } from './settings.ts';

await runAsProgram(async () => {
  const app = makeApp(process.argv[2]);
  const { id, aws } = readSettings();
  makePipeline(app, readInfraSettings(id, aws));
  app.synth();
});
