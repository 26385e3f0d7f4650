/** With the codes of getaddrinfo, whichever way the DNS failed. */
export class LookupFailure extends Error {
  override readonly name = 'LookupFailure'
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN'

  constructor(code: 'ENOTFOUND' | 'EAI_AGAIN', hostname: string, cause?: unknown) {
    super(`${code} ${hostname}`, { cause })
    this.code = code
  }
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** No such name only if every query says so: a name server that fails is no proof of absence. */
export function lookupFailure(name: string, reasons: readonly unknown[]): LookupFailure {
  const temporary = reasons.find((reason) => !absent.has((reason as { code?: string } | undefined)?.code ?? ''))
  return temporary === undefined
    ? new LookupFailure('ENOTFOUND', name)
    : new LookupFailure('EAI_AGAIN', name, temporary)
}
