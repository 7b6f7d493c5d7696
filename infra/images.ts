/**
 * The Amazon Linux image of the client machine. A deployment without a record gets the newest image from AWS and records it. Later
 * deployments use the recorded image, so that a new image does not replace the machine unexpectedly.
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { jsonOf, readTextIfThere } from '../src/files/read.ts';
import { writeWhole } from '../src/files/write.ts';

const RECORD_FILE = fileURLToPath(new URL('images.lock.json', import.meta.url));

/** Amazon's parameter that contains the id of the newest image. */
export const NEWEST_IMAGE = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-6.1-arm64';

/** Image ids by region. */
const schema = z.record(z.string(), z.string().regex(/^ami-[0-9a-f]+$/));
type Images = z.infer<typeof schema>;

const readImages = (file: string): Images => {
  const use = { code: 'IMAGES', remedy: 'restore it from the repository' };
  return jsonOf(readTextIfThere(file, use) ?? '{}', schema, file, use);
};

/** Returns the image that was recorded for a region, or undefined. @throws AppError if the record is damaged */
export const recordedImage = (region: string, file: string = RECORD_FILE): string | undefined =>
  readImages(file)[region];

/** Records the image of a region. */
export function recordImage(region: string, image: string, file: string = RECORD_FILE): void {
  const images = { ...readImages(file), [region]: image };
  const sorted = Object.fromEntries(Object.entries(images).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeWhole(file, `${JSON.stringify(sorted, null, 2)}\n`, { mode: 0o666 });
}
