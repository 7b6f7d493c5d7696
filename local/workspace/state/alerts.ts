/** SQL alerts: stores and returns them, but does not run their queries. `quality.test.ts` runs the queries on Spark. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { quartzCron } from '../../../src/databricks/quartz/quartz.ts';
import { invalid, missing } from '../api-error.ts';
import { Collection } from './collection.ts';

/** The required fields of a request; other fields are stored unchanged. */
export const alertRequest = z.looseObject({
  display_name: z.string().min(1),
  query_text: z.string().min(1),
  warehouse_id: z.string().min(1),
  evaluation: z.looseObject({ comparison_operator: z.string(), source: z.looseObject({ name: z.string() }) }),
  schedule: z.looseObject({ quartz_cron_schedule: z.string(), timezone_id: z.string() }),
});
type AlertRequest = z.infer<typeof alertRequest>;

const alert = alertRequest.extend({
  id: z.string(),
  create_time: z.string(),
  update_time: z.string(),
  lifecycle_state: z.literal('ACTIVE'),
  owner_user_name: z.string(),
});
export type Alert = z.infer<typeof alert>;

export class Alerts {
  readonly #kept: Collection<Alert>;
  readonly #user: string;
  readonly #gone: (id: string) => void;

  /** `gone` is called for each deleted alert. */
  constructor(folder: string, user: string, gone: (id: string) => void) {
    this.#kept = new Collection(folder, alert);
    this.#user = user;
    this.#gone = gone;
  }

  /** Returns all alerts, the oldest first. */
  list(): Alert[] {
    return this.#kept.values().sort((a, b) => (a.create_time < b.create_time ? -1 : 1));
  }

  /** @throws ApiError 404 */
  get(id: string): Alert {
    const found = this.#kept.get(id);
    if (!found) throw missing(`Alert with id ${id} does not exist.`);
    return found;
  }

  /** @throws ApiError if the schedule is invalid */
  create(request: AlertRequest): Alert {
    const now = new Date().toISOString();
    return this.#put({ ...request, ...this.#own(randomUUID(), now), update_time: now });
  }

  /** @throws ApiError 404, or if the schedule is invalid */
  update(id: string, request: AlertRequest): Alert {
    const { create_time } = this.get(id);
    return this.#put({ ...request, ...this.#own(id, create_time), update_time: new Date().toISOString() });
  }

  /** @throws ApiError 404 */
  delete(id: string): void {
    this.get(id);
    this.#kept.delete(id);
    this.#gone(id);
  }

  #own(id: string, create_time: string) {
    return { id, create_time, lifecycle_state: 'ACTIVE' as const, owner_user_name: this.#user };
  }

  #put(made: Alert): Alert {
    const { quartz_cron_schedule, timezone_id } = made.schedule;
    try {
      quartzCron(quartz_cron_schedule, timezone_id);
    } catch (error) {
      throw invalid(`Invalid schedule: ${(error as Error).message}`);
    }
    this.#kept.put(made.id, made);
    return made;
  }
}
