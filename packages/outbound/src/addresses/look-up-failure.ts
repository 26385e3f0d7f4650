import { closeSync, openSync } from 'node:fs'

export type LookupFailureCode = 'ENOTFOUND' | 'EAI_AGAIN' | 'EMFILE'

/** With the codes of getaddrinfo, whichever way the DNS failed; `EMFILE` if it was not even asked. */
export class LookupFailure extends Error {
  override readonly name = 'LookupFailure'
  readonly code: LookupFailureCode

  constructor(code: LookupFailureCode, hostname: string, cause?: unknown) {
    super(`${code} ${hostname}`, { cause })
    this.code = code
  }
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** No such name only if every query says so: a name server that fails is no proof of absence. */
export function lookupFailure(name: string, reasons: readonly unknown[]): LookupFailure {
  const temporary = reasons.find((reason) => !absent.has(codeOf(reason)))
  if (temporary === undefined) return new LookupFailure('ENOTFOUND', name)
  // By this c-ares also says that it could open no socket.
  const isUnasked = codeOf(temporary) === 'ECONNREFUSED' && !canOpen()
  return new LookupFailure(isUnasked ? 'EMFILE' : 'EAI_AGAIN', name, temporary)
}

function codeOf(reason: unknown): string {
  return (reason as { code?: string } | undefined)?.code ?? ''
}

/** Whether the process has a file descriptor left. */
function canOpen(): boolean {
  try {
    closeSync(openSync('/dev/null', 'r'))
    return true
  } catch {
    return false
  }
}
