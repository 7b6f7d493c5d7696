/** Processor time of a process group, as Linux counts it. */
import { readdirSync, readFileSync } from 'node:fs';

/** The unit of the times in /proc/<pid>/stat; 100 on every Linux for which Node is built. */
const TICKS_PER_SECOND = 100;

/** Returns the processor seconds that the group's processes and their ended children have used. */
export function processorSeconds(group: number): number {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const [pgrp, ...times] = fieldsOf(pid);
    if (pgrp === group) ticks += times.reduce((sum, one) => sum + one, 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Returns a process's group, and the user and system times, in ticks, of the process and of its ended children: see proc(5). */
function fieldsOf(pid: string): number[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in the second field may contain blanks and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [2, 11, 12, 13, 14].map((index) => Number(fields[index]));
  } catch {
    return []; // the process has ended in the meantime
  }
}
