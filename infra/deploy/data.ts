/** Deletes the buckets that outlive their stacks, with every version of every object, if the user requests it. */
import { createHash } from 'node:crypto';
import { AppError } from '../../src/errors.ts';
import { BUCKET_KINDS, bucketIn } from '../bucket-kinds.ts';
import type { Aws } from '../doctor/aws.ts';
import { bucketState } from '../doctor/questions.ts';
import type { Session } from '../session.ts';

/** Returns the pipeline's buckets that exist: those that these credentials can access, and the others. */
export async function bucketsLeft({
  infra,
  aws,
  caller,
}: Session): Promise<Record<'ours' | 'denied', string[]>> {
  const names = BUCKET_KINDS.map((kind) => bucketIn(infra.id, kind, caller.account, aws.region));
  const states = await Promise.all(names.map((name) => bucketState(aws, name)));
  const named = (state: string) => names.filter((_, index) => states[index] === state);
  return { ours: named('ours'), denied: named('denied') };
}

/**
 * Deletes a bucket with all its objects. After a failure, the same call resumes the deletion.
 * @returns the number of versions deleted
 */
export async function deleteBucket(aws: Aws, bucket: string): Promise<number> {
  let deleted = 0;
  for (let last = ''; ; ) {
    const page = await call(aws, bucket, { query: { versions: '' } });
    // Keys are not unescaped, because they are sent back in XML.
    const versions = [
      ...page.matchAll(/<(?:Version|DeleteMarker)>([\s\S]*?)<\/(?:Version|DeleteMarker)>/g),
    ].map(([, item = '']) =>
      ['Key', 'VersionId'].map((name) => new RegExp(`<${name}>[^<]*</${name}>`).exec(item)?.[0] ?? ''),
    );
    if (versions.length === 0) break;
    // Without this check, versions that still exist after their deletion would make the loop endless.
    const first = versions[0]?.join('') ?? '';
    if (first === last) throw kept(bucket, 'it still exists after its deletion');
    last = first;
    const objects = versions.map((version) => `<Object>${version.join('')}</Object>`).join('');
    const body = `<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${objects}<Quiet>true</Quiet></Delete>`;
    const sum = createHash('sha256').update(body).digest('base64');
    const headers = { 'x-amz-sdk-checksum-algorithm': 'SHA256', 'x-amz-checksum-sha256': sum };
    const answer = await call(aws, bucket, { method: 'POST', query: { delete: '' }, headers, body });
    const refused = /<Error>[\s\S]*?<Message>([^<]*)</.exec(answer)?.[1];
    if (refused !== undefined) throw kept(bucket, refused);
    deleted += versions.length;
  }
  await call(aws, bucket, { method: 'DELETE' });
  return deleted;
}

const kept = (bucket: string, why: string): AppError =>
  new AppError(
    'BUCKET',
    `Bucket ${bucket} has an object that can't be deleted: ${why}. Delete it in the S3 console.`,
  );

async function call(aws: Aws, bucket: string, request: Omit<Parameters<Aws['call']>[0], 'service'>) {
  const { status, text } = await aws.call({ service: 's3', bucket, ...request });
  if (status < 300) return text;
  if (text.includes('<Code>BucketNotEmpty</Code>'))
    throw new AppError(
      'BUCKET',
      `Bucket ${bucket} has received an object meanwhile: run the same command again.`,
    );
  throw new AppError(
    'BUCKET',
    `Bucket ${bucket} returned ${status} (${/<Message>([^<]*)</.exec(text)?.[1] ?? 'no reason given'}): these credentials must be allowed to delete the bucket and its versions.`,
  );
}
