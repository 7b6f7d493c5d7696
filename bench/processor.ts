/** Processor time of a group of processes, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

/** Of /proc/…/stat's times; 100 on every Linux that Node has builds for. */
const TICKS_PER_SECOND = 100;

/** Returns the processor seconds that the group's processes have used, and those that ended before them. */
export function processorSeconds(group: number): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [pgrp, ...times] = fieldsOf(pid);
    if (pgrp === group) ticks += times.reduce((sum, one) => sum + one, 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Returns group, and the times of a process and of its ended children in user and system mode: proc(5). */
function fieldsOf(pid: string): number[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in the second field may hold blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [2, 11, 12, 13, 14].map((index) => Number(fields[index]));
  } catch {
    return []; // it has ended since
  }
}
