/** The stacks in the order of deployment. */
export interface Part {
  readonly title: string;
  /** The approximate duration of the stack's first deployment. */
  readonly minutes: number;
  /** Stacks that this stack depends on directly; their own dependencies are not listed. */
  readonly needs: readonly string[];
}

export const STACKS = {
  budget: { title: "The alarms' topic and the monthly budget", minutes: 2, needs: [] },
  storage: { title: 'Buckets and log groups', minutes: 3, needs: [] },
  streams: { title: 'Kinesis streams', minutes: 2, needs: [] },
  kafka: { title: 'VPC and MSK cluster', minutes: 35, needs: ['storage'] },
  client: { title: 'Client machine: topics and the REST proxy', minutes: 10, needs: ['kafka'] },
  connect: { title: 'MSK Connect with the S3 sink', minutes: 15, needs: ['kafka'] },
  ingress: { title: 'API in front of the REST proxy and of Kinesis', minutes: 10, needs: ['client'] },
  databricks: {
    title: 'Roles by which Databricks reads the bucket and the streams',
    minutes: 3,
    needs: ['storage', 'streams'],
  },
  alarms: { title: 'Alarms and dashboard', minutes: 2, needs: ['budget', 'ingress'] },
  source: { title: 'MySQL database to read posts from', minutes: 12, needs: ['kafka'] },
  orchestration: { title: 'Airflow on MWAA', minutes: 40, needs: ['kafka'] },
} as const satisfies Record<string, Part>;

export type StackPart = keyof typeof STACKS;

export const PARTS = Object.keys(STACKS) as StackPart[];

/** Stacks that are deployed only if the setting of the same name enables them. */
const OPTIONAL = ['source', 'orchestration'] as const satisfies readonly StackPart[];

/** Returns the stacks that the settings enable, in the order of deployment. */
export const enabledParts = (
  settings: Readonly<Record<(typeof OPTIONAL)[number], { readonly enabled: boolean }>>,
): StackPart[] =>
  PARTS.filter((part) => OPTIONAL.every((optional) => optional !== part || settings[optional].enabled));

export const isStackPart = (word: string): word is StackPart => Object.hasOwn(STACKS, word);

/** Returns the stacks and all stacks that they need, in the order of deployment. */
export function withNeeds(parts: readonly StackPart[]): StackPart[] {
  const wanted = new Set<StackPart>();
  const add = (part: StackPart) => {
    wanted.add(part);
    STACKS[part].needs.forEach(add);
  };
  parts.forEach(add);
  return PARTS.filter((part) => wanted.has(part));
}

/** Returns the stacks and all stacks that need them, in the order of deployment. */
export const withDependents = (parts: readonly StackPart[]): StackPart[] =>
  PARTS.filter((part) => withNeeds([part]).some((one) => parts.includes(one)));
