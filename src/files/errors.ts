/** Errors of files: one sentence that names the file, the problem and what to do. */
import fs from 'node:fs';
import { AppError } from '../errors.ts';

/** The purpose of a file, for its error messages. */
export interface FileUse {
  /** Noun before the path: "The checkpoint". */
  readonly is?: string;
  /** What to do if the file can't be used, as an imperative: "name another file with --checkpoint". */
  readonly remedy?: string;
  /** What to do if the file does not exist. */
  readonly absent?: string;
  /** The error's code. */
  readonly code?: string;
}

/** A file that can't be read, written or parsed. */
export class FileError extends AppError {
  /** The system's error code, such as `ENOENT`; undefined if the content is invalid, or the file is a broken link. */
  readonly reason: string | undefined;

  constructor(
    file: string,
    { is, remedy, code = 'FILE' }: FileUse,
    { problem, fix, reason, cause }: { problem: string; fix: string; reason?: string; cause?: unknown },
  ) {
    super(code, `${is === undefined ? '' : `${is} `}${file} ${problem}: ${remedy ?? fix}.`, { cause });
    this.reason = reason;
  }
}

/** The description of each system error code, and its remedy. */
const PROBLEMS: Readonly<Record<string, readonly [problem: string, fix: string]>> = {
  EACCES: ["isn't accessible to this user", 'change its permissions'],
  EDQUOT: ["can't be written, because the disk quota is used up", 'free some space or choose another disk'],
  EFBIG: ['is larger than the file system allows', 'choose another disk'],
  EISDIR: ['is a folder, not a file', 'name a file'],
  ELOOP: ['is a loop of links', 'name the file itself'],
  EMFILE: ["can't be opened, because this process has too many open files", 'raise the limit with ulimit -n'],
  ENAMETOOLONG: ['has a longer name than the file system allows', 'choose a shorter one'],
  ENFILE: ["can't be opened, because this machine has too many open files", 'close some programs'],
  ENOENT: ["isn't there", 'check its path'],
  ENOSPC: ["can't be written, because the disk is full", 'free some space or choose another disk'],
  ENOTDIR: ['lies below a file, not a folder', 'check its path'],
  EPERM: ["isn't accessible to this user", 'change its permissions'],
  EROFS: ["can't be written, because its file system is read-only", 'choose another disk'],
};

/** Returns whether an error comes from the file system, or from another system call on a file. */
const isFileProblem = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';

/** A broken link is not treated as a missing file, because the disk with the link's target may be unmounted. */
const DANGLING = { problem: "is a link to a file that isn't there", fix: 'correct or remove it' };

function isLink(file: string): boolean {
  try {
    return fs.lstatSync(file).isSymbolicLink();
  } catch {
    return false;
  }
}

/** Returns the FileError for an error of the file system; returns any other error unchanged. */
export function fileError(file: string, error: unknown, use: FileUse = {}): unknown {
  if (!isFileProblem(error)) return error;
  const [problem, fix] = PROBLEMS[error.code] ?? [`can't be used (${error.code})`, 'check its disk'];
  if (error.code === 'ENOENT' && isLink(file)) return new FileError(file, use, { ...DANGLING, cause: error });
  const { absent = use.remedy } = use;
  const own = error.code === 'ENOENT' && absent !== undefined ? { ...use, remedy: absent } : use;
  return new FileError(file, own, { problem, fix, reason: error.code, cause: error });
}

/** Returns the FileError for a file or folder that another program could not write because the disk is full. */
export function diskFull(file: string, use: FileUse = {}): FileError {
  return fileError(
    file,
    Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' }),
    use,
  ) as FileError;
}

/**
 * Returns the FileError for an error of the file system that no caller has translated; undefined for any other error, and for
 * errors that are bugs, such as a closed descriptor.
 */
export function uncaughtFileError(error: unknown): FileError | undefined {
  if (!isFileProblem(error) || !Object.hasOwn(PROBLEMS, error.code)) return undefined;
  // A write error of an open file has no path. A socket's error has no path either, but is not a file problem.
  const at = error.path ?? (['write', 'fsync', 'close'].includes(error.syscall ?? '') ? 'A file' : undefined);
  return at === undefined ? undefined : (fileError(at, error) as FileError);
}
