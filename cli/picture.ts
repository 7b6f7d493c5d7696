/** `npm run infra:picture`: redraws the picture of the stacks in docs/aws.md. */
import { commandLine } from '../src/command.ts';
import { readText } from '../src/files/read.ts';
import { writeWhole } from '../src/files/write.ts';
import { DEFAULT_ID } from '../src/settings.ts';

/** @throws AppError if the markers around the picture are missing in docs/aws.md */
export async function run(args: readonly string[]): Promise<void> {
  parser(args).parseSync();
  const { drawPicture, GUIDE, PICTURED, withPicture } = await import('../infra/picture.ts');
  const { readInfraSettings } = await import('../infra/settings.ts');
  const { synthAll } = await import('../infra/synth.ts');
  const picture = drawPicture(synthAll(readInfraSettings(DEFAULT_ID, { text: PICTURED })));
  writeWhole(GUIDE, withPicture(readText(GUIDE), picture), { mode: 0o666 });
}

export const parser = (args: readonly string[]) =>
  commandLine('npm run infra:picture', "Draws the stacks' picture in docs/aws.md again.", args);
