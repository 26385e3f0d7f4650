// sqlite.org/rescode.html
const readOnly = 8
const corrupt = 11
const full = 13
const notADatabase = 26
/** An extended code. Over a quota or a limit for the size of files, write() fails with something else than ENOSPC. */
const ioErrorWrite = 778

/** The disk takes no writes, and this one was not made. */
export function isNotWritable(error: unknown): error is Error {
  const code = codeOf(error)
  return code === ioErrorWrite || isOneOf(code, full, readOnly)
}

export function isDamaged(error: unknown): boolean {
  return isOneOf(codeOf(error), corrupt, notADatabase)
}

function isOneOf(code: number, ...primary: readonly number[]): boolean {
  return primary.includes(code & 0xff)
}

/** The extended result code; 0 if SQLite did not throw it. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
