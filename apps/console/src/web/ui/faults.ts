import { GatewayProblem } from '@mtls-gateway/client/page'

/**
 * What the gateway says of fields of a form: the last part of `0.url` is the field's name, and `groups` that of
 * `targetTls.groups.1`. Each of several header fields has a name and a secret: `headers.1.name`. A signature and its
 * mapping share some names, so those of the signature keep its own in front: `messageSignature.certificationId`.
 */
export function faultOf(error: Error | null, field: string, ...codes: readonly string[]): string | undefined {
  if (!(error instanceof GatewayProblem)) return undefined
  const { errors = [], field: named, detail, code } = error.problem
  const fault = errors.find(
    (entry) => lastPart(entry.field) === field || (entry.code !== undefined && codes.includes(entry.code)),
  )
  if (fault !== undefined) return withoutName(fault.message)
  return lastPart(named) === field || codes.includes(code) ? withoutName(detail) : undefined
}

/** All that the gateway says of a form stands at its fields already. */
export function arePlaced(faults: Readonly<Record<string, string | undefined>>): boolean {
  return Object.values(faults).some((fault) => fault !== undefined)
}

/** Somebody else was faster (RFC 9110, section 13.1.1). */
export function isConflict(error: Error | null): boolean {
  return error instanceof GatewayProblem && error.code === 'PRECONDITION_FAILED'
}

function lastPart(field: string | undefined): string | undefined {
  const parts = field?.replace(/\.\d+$/, '').split('.') ?? []
  const signature = parts.indexOf('messageSignature')
  if (signature !== -1) return parts.slice(signature, signature + 2).join('.')
  return parts.at(-3) === 'headers' ? parts.slice(-3).join('.') : parts.at(-1)
}

/** `"name" must not be empty.` stands at the field of that name. */
function withoutName(message: string): string {
  return message.replace(/^"[\w.[\]]+" (\w)/, (_, first: string) => first.toUpperCase())
}
