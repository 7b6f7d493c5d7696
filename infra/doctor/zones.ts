/** Checks whether MSK supports the zones of the settings. */
import type { InfraSettings } from '../settings.ts';
import type { Aws } from './aws.ts';
import { zones } from './questions.ts';

/**
 * The zones that MSK does not support. They are listed by id, because a zone's name differs between accounts.
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-create-cluster.html
 */
const WITHOUT_MSK = ['use1-az3'];

/** Returns the problem with the zones and its remedy; undefined if MSK supports all zones. */
export async function zoneProblem(aws: Aws, { kafka }: InfraSettings): Promise<string | undefined> {
  const all = await zones(aws);
  const usable = all.filter(({ id }) => !WITHOUT_MSK.includes(id)).map(({ name }) => name);
  if (usable.length < kafka.zones)
    return `${aws.region} has ${usable.length} zones that MSK supports, but kafka.zones is ${kafka.zones}`;
  const chosen = kafka.zoneNames ?? all.slice(0, kafka.zones).map(({ name }) => name);
  const bad = chosen.filter((name) => !usable.includes(name));
  if (bad.length === 0) return undefined;
  const names = usable.slice(0, kafka.zones).join(', ');
  return `MSK does not support zone ${bad.join(', ')}: set kafka.zoneNames to [${names}] in infra/settings.yml`;
}
