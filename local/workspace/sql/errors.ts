/** What Spark's Thrift server says of an error, without the Java around it. */

/** `org.apache.hive.service.cli.HiveSQLException: `, any number of them, each before what it wraps. */
const EXCEPTIONS = /^\*?(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)?: ?/;
const RUNNING = /^Error (?:running query|operating [\w-]+): ?/;
/** Repeats the error class that the message itself begins with. */
const CLASS = /^\[[A-Z_.0-9]+\] (?=(?:[a-z]\w*\.)+[A-Z])/;
/** Where Java's frames begin, or Spark's plan: the person knows the statement. */
const TAIL =
  /\n\s*at [\w.$/]+\(|\nCaused by: |;\s*\n'|\n\s*\n'?[A-Z]\w+ |\n== JVM stacktrace|:\d+:\d+(?:\n|$)/;

/** `[TABLE_OR_VIEW_NOT_FOUND] The table or view …`; a text of another form stays as it is. */
export function sqlMessage(text: string): string {
  let message = text.trim();
  for (;;) {
    const rest = message.replace(EXCEPTIONS, '').replace(RUNNING, '').replace(CLASS, '');
    if (rest === message) break;
    message = rest;
  }
  return (message.split(TAIL, 1)[0] ?? message).trim();
}
