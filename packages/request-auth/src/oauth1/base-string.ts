import type { EncodedParameter } from './parameters.ts'
import { percentEncode } from './percent-encoding.ts'

/**
 * The part of the signature base string that is the same whatever url was signed: the sorted parameters of header,
 * query and form-encoded body (RFC 5849 section 3.4.1.3.2), encoded once more.
 */
export function encodedParameterString(parameters: readonly EncodedParameter[]): string {
  const sorted = parameters.toSorted(byNameThenValue)
  return encodeURIComponent(sorted.map(([name, value]) => `${name}=${value}`).join('&'))
}

/** The signature base string of RFC 5849 section 3.4.1.1. `baseUri` has neither query nor fragment nor default port. */
export function signatureBaseString(method: string, baseUri: string, encodedParameters: string): string {
  return `${method.toUpperCase()}&${percentEncode(baseUri)}&${encodedParameters}`
}

// By name first: sorted as whole `name=value` strings, `a-` would come before `a`, because `-` is below `=`.
function byNameThenValue([name, value]: EncodedParameter, [otherName, otherValue]: EncodedParameter): number {
  if (name !== otherName) return name < otherName ? -1 : 1
  if (value === otherValue) return 0
  return value < otherValue ? -1 : 1
}
