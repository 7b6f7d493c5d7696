/** Creates a project in a new folder; if that fails, removes the folder. */
import fs from 'node:fs';
import path from 'node:path';
import { makeProject } from '../../generator/project/make.ts';
import { checkProjectName, samplesIn } from '../../generator/project/names.ts';
import { damageLines, unsureIn } from '../../generator/sample/show.ts';
import { waiting } from '../../src/databricks/show/waiting.ts';
import { UsageError } from '../../src/errors.ts';
import { writeFiles } from '../../src/files/write.ts';
import { counted } from '../../src/format.ts';
import { interrupts } from '../../src/interrupts.ts';
import { outputFolder, shellWord } from '../../src/outputs.ts';
import { renderedChanges } from './render-changes.ts';

interface WriteProjectOptions {
  readonly root: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** @throws UsageError if the project can't have that name or folder */
export async function writeProject({ root, name, from, to }: WriteProjectOptions): Promise<void> {
  checkProjectName(name);
  const samples = samplesIn(from);
  refuseFull(to);
  const around = await outputFolder('--to', path.dirname(path.resolve(to)));
  // The folder is made next to the final folder, so that one rename completes the project.
  const folder = fs.mkdtempSync(path.join(around, `.${name}-`));
  const remove = () => fs.rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  const taken = interrupts();
  taken.first.addEventListener('abort', () => process.exit(taken.exitCode));
  const done = waiting(process.stderr);
  try {
    const made = await makeProject({ root, folder, name, samples });
    await renderWith(path.join(root, 'node_modules'), folder);
    fs.chmodSync(folder, 0o777 & ~process.umask());
    fs.renameSync(folder, to);
    done();
    for (const [name, { inferred, damage, damaged }] of made.datasets) {
      const questions = made.questions.get(name) ?? [];
      const counts = [
        counted(inferred.records, 'record'),
        counted(inferred.fields.length, 'field'),
        counted(questions.length, 'question'),
        `${counted(unsureIn(inferred), 'place')} to check`,
      ];
      console.log(`${name}: ${counts.join(', ')}`);
      for (const line of damageLines(damage.slice(0, 1), damaged)) console.log(`  ${line}`);
    }
    console.log(`\n${to} is the project. Next:\n  cd ${shellWord(to)}\n  npm ci\n  npm run demo`);
  } finally {
    done();
    taken.release();
    remove();
  }
}

/** @throws UsageError if `to` is a file or a folder that is not empty */
function refuseFull(to: string): void {
  const there = fs.statSync(to, { throwIfNoEntry: false });
  if (there && (!there.isDirectory() || fs.readdirSync(to).length > 0))
    throw new UsageError(
      `${to} exists and ${there.isDirectory() ? 'is not empty' : 'is a file'}: name a new folder with --to.`,
    );
}

/** Renders the new project with the packages that are installed in this project. */
async function renderWith(packages: string, folder: string): Promise<void> {
  const link = path.join(folder, 'node_modules');
  fs.symlinkSync(packages, link);
  try {
    writeFiles(folder, await renderedChanges(folder));
  } finally {
    fs.unlinkSync(link);
  }
}
