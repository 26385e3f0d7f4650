import { CodedError } from '@mtls-gateway/domain'
import { FormDecoder } from './form-decoder.ts'
import { type EncodedParameter, oauthParameter, tooManyParameters } from './parameters.ts'
import { maxEncodedBytes, type SortableText, sortable, writeEncodedTwice } from './sortable-text.ts'

/** The limit for form-encoded bodies, in bytes: they are read whole and sorted before anybody is authenticated. */
export const maxSignedFormBytes = 262_144
const maxFormParameters = 1_000
/** The work for a parameter besides its bytes: cutting it out, sorting and writing it. */
const bytesPerParameter = 200

type SortableParameter = readonly [name: SortableText, value: SortableText]

/** Reused by most forms. */
const scratch = Buffer.allocUnsafeSlow(16_384)
const ampersand = 0x26
const separator = Buffer.from('%26')
const assignment = Buffer.from('%3D')
const protocolPrefix = sortable('oauth_')

/**
 * The most work that verifying a form takes, in bytes: usual forms count for little more than their length.
 */
export function signedFormWork(body: Uint8Array): number {
  return body.byteLength + piecesOf(body) * bytesPerParameter
}

/**
 * Like `encodedParameterString`, for a request with a form-encoded body, and as bytes, because there are many.
 *
 * @param others the parameters of header and query
 * @returns bytes that are valid until the next call
 * @throws CodedError `BODY_TOO_LARGE` above {@link maxSignedFormBytes}, and what `queryParameters` throws
 */
export function encodedFormParameters(others: readonly EncodedParameter[], body: Uint8Array): Uint8Array {
  const parameters = [
    ...others.map(([name, value]) => [sortable(name), sortable(value)] as const),
    ...parametersOf(body),
  ].sort(byNameThenValue)
  const maxLength = maxLengthOf(parameters)
  const encoded = maxLength <= scratch.length ? scratch : Buffer.allocUnsafe(maxLength)
  let to = 0
  for (const [name, value] of parameters) {
    if (to > 0) to = write(separator, encoded, to)
    to = writeEncodedTwice(name, encoded, to)
    to = write(assignment, encoded, to)
    to = writeEncodedTwice(value, encoded, to)
  }
  return encoded.subarray(0, to)
}

function parametersOf(body: Uint8Array): SortableParameter[] {
  if (body.byteLength > maxSignedFormBytes) {
    throw new CodedError('BODY_TOO_LARGE', `A signed form-encoded body has at most ${maxSignedFormBytes} bytes.`, {
      details: { limit: maxSignedFormBytes },
    })
  }
  if (piecesOf(body) > maxFormParameters) throw tooManyParameters('body', maxFormParameters)
  const decoder = new FormDecoder(body)
  const parameters: SortableParameter[] = []
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(ampersand, start)
    const end = found < 0 ? body.length : found
    if (end > start) parameters.push(parameterBetween(decoder, start, end))
    start = end + 1
  }
  return parameters
}

/** Includes empty ones. Stops counting at one above the limit. */
function piecesOf(body: Uint8Array): number {
  let count = 1
  for (let at = body.indexOf(ampersand); at >= 0 && count <= maxFormParameters; at = body.indexOf(ampersand, at + 1)) {
    count++
  }
  return count
}

function parameterBetween(decoder: FormDecoder, start: number, end: number): SortableParameter {
  const name = decoder.decode(start, end, true)
  if (name.startsWith(protocolPrefix)) throw oauthParameter('body')
  return [name, decoder.end === end ? '' : decoder.decode(decoder.end + 1, end, false)]
}

function write(bytes: Uint8Array, into: Uint8Array, at: number): number {
  into.set(bytes, at)
  return at + bytes.length
}

function maxLengthOf(parameters: readonly SortableParameter[]): number {
  const perParameter = separator.length + assignment.length
  return parameters.reduce(
    (sum, [name, value]) => sum + perParameter + (name.length + value.length) * maxEncodedBytes,
    0,
  )
}

// By name first, as `encodedParameterString` does.
function byNameThenValue([name, value]: SortableParameter, [otherName, otherValue]: SortableParameter): number {
  if (name !== otherName) return name < otherName ? -1 : 1
  if (value === otherValue) return 0
  return value < otherValue ? -1 : 1
}
