/** Extracts the message from an error of Spark's Thrift server, without Java class names and stack traces. */

/** The name of an exception: `org.apache.hive.service.cli.HiveSQLException: `. Each wrapped exception adds its name. */
const EXCEPTIONS = /^\*?(?:[a-z]\w*\.)+[A-Z][\w$]*(?:Exception|Error)?: ?/;
const RUNNING = /^Error (?:running query|operating [\w-]+): ?/;
/** Spark's error class before a Java class name. It is removed, because it is repeated after the Java class name. */
const CLASS = /^\[[A-Z_.0-9]+\] (?=(?:[a-z]\w*\.)+[A-Z])/;
/** The beginning of Java's stack frames or of Spark's plan, which the user does not need. */
const TAIL =
  /\n\s*at [\w.$/]+\(|\nCaused by: |;\s*\n'|\n\s*\n'?[A-Z]\w+ |\n== JVM stacktrace|:\d+:\d+(?:\n|$)/;

/** Returns a message such as `[TABLE_OR_VIEW_NOT_FOUND] The table or view …`; text in another format is unchanged. */
export function sqlMessage(text: string): string {
  let message = text.trim();
  for (;;) {
    const rest = message.replace(EXCEPTIONS, '').replace(RUNNING, '').replace(CLASS, '');
    if (rest === message) break;
    message = rest;
  }
  return (message.split(TAIL, 1)[0] ?? message).trim();
}
