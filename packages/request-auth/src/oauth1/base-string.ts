import { BoundedMemo } from '@mtls-gateway/event-loop'
import type { EncodedParameter } from './parameters.ts'
import { percentEncode } from './percent-encoding.ts'

/**
 * The part of the signature base string that does not depend on the signed url: the sorted parameters of header, query
 * and form-encoded body (RFC 5849 section 3.4.1.3.2), encoded once more.
 */
export function encodedParameterString(parameters: readonly EncodedParameter[]): string {
  let text = ''
  for (const [name, value] of isSorted(parameters) ? parameters : parameters.toSorted(byNameThenValue)) {
    text += `${text === '' ? '' : '%26'}${encodedOnceMore(name)}%3D${encodedOnceMore(value)}`
  }
  return text
}

/** Many clients send the parameters in the order in which they have signed them. */
function isSorted(parameters: readonly EncodedParameter[]): boolean {
  let last = parameters[0]
  for (const each of parameters) {
    if (last !== undefined && byNameThenValue(last, each) > 0) return false
    last = each
  }
  return true
}

// By name first: sorted as whole `name=value` strings, `a-` would come before `a`, because `-` is below `=`.
function byNameThenValue([name, value]: EncodedParameter, [otherName, otherValue]: EncodedParameter): number {
  if (name !== otherName) return name < otherName ? -1 : 1
  if (value === otherValue) return 0
  return value < otherValue ? -1 : 1
}

/** Encoded text has only one character that is encoded again. */
function encodedOnceMore(text: string): string {
  return text.includes('%') ? text.replaceAll('%', '%25') : text
}

/** The signature base string of RFC 5849 section 3.4.1.1. `baseUri` has neither query nor fragment nor default port. */
export function signatureBaseString(method: string, baseUri: string, encodedParameters: string): string {
  return `${method.toUpperCase()}&${percentEncode(baseUri)}&${encodedParameters}`
}

/** Longer than the paths of this gateway; at most some 4 MB. */
const limits = { maxTexts: 4_000, maxLength: 256 }

interface Start {
  readonly method: string
  readonly baseUrl: string
  readonly text: string
}

/**
 * The part of base strings before the parameters, kept per path from the last request to it: nearly all requests to a
 * path have the same method and base url. Independent of app keys, so that its timing reveals nothing about them.
 */
export class BaseStringStarts {
  readonly #byPath = new BoundedMemo<Start>(limits)

  /** @param path as the request line has it, without its query */
  of(method: string, baseUrl: string, path: string): string {
    const kept = this.#byPath.get(path)
    if (kept !== undefined && kept.method === method && kept.baseUrl === baseUrl) return kept.text
    return this.#byPath.make(path, (path) => ({
      method,
      baseUrl,
      text: signatureBaseString(method, baseUrl + path, ''),
    })).text
  }
}
