/** Wall-clock times of a time zone. 10:00 in any zone is represented by the milliseconds of 10:00 UTC. */
export class WallClock {
  readonly #format: Intl.DateTimeFormat;

  /** @throws RangeError if there is no time zone of this name */
  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** Returns the wall-clock time at an instant, in whole seconds. */
  at(instant: number): number {
    const parts = this.#format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]);
    const { year, month, day, hour, minute, second } = Object.fromEntries(parts) as Record<string, number>;
    return Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
  }

  /** Returns the last instant at which the clock shows `wall`; undefined if the clock skips that time. */
  instantOf(wall: number): number | undefined {
    // An offset is at most 14 hours, and no zone changes its offset twice in two days.
    const instants = [wall + DAY_MS, wall - DAY_MS].map((near) => wall - (this.at(near) - near));
    return instants.sort((a, b) => b - a).find((instant) => this.at(instant) === wall);
  }
}

const DAY_MS = 86_400_000;
