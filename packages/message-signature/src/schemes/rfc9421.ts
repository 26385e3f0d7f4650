import { signedParts, signsBody } from '@mtls-gateway/domain'
import type { RequestToSign } from '../request-to-sign.ts'
import { signBytes } from '../signing-key.ts'
import type { SigningTask } from './signing-task.ts'

/** By which the two fields know that they belong together. */
const label = 'sig1'

/** HTTP message signatures (RFC 9421), with the digest of RFC 9530. */
export async function signRfc9421(task: SigningTask): Promise<void> {
  const { algorithm, key, fields } = task
  const { input, base } = signatureBase(task)
  const signed = await signBytes(algorithm, key, Buffer.from(base, 'latin1'))
  fields.add('Signature-Input', `${label}=${input}`)
  fields.add('Signature', `${label}=:${signed.toString('base64')}:`)
}

/** What is signed (section 2.5), and its last line's value, which is sent as well. Adds the digest. */
export function signatureBase({ signature, algorithm, key, request, fields }: SigningTask): {
  readonly input: string
  readonly base: string
} {
  const { digest = 'sha-256', optionalHeaders = [], keyId = key.keyId } = signature
  if (signsBody(signature)) fields.add('Content-Digest', `${digest}=:${fields.digest(digest)}:`)
  const lines = new Map<string, string>()
  const derived = derivedFrom(request)
  for (const name of signedParts(signature)) lines.set(name, derived.get(name) ?? fields.required(name))
  for (const name of optionalHeaders) {
    const value = fields.value(name)
    if (value !== undefined) lines.set(name, value)
  }
  const names = [...lines.keys()].map(quoted).join(' ')
  const created = Math.floor(request.now / 1_000)
  // Told only where it was agreed on: else, the target knows it from the key, as the RFC would have it.
  const alg = signature.algorithm === undefined ? '' : `;alg=${quoted(algorithm)}`
  const input = `(${names});created=${created};keyid=${quoted(keyId)}${alg}`
  const signed = [...lines].map(([name, value]) => `${quoted(name)}: ${value}\n`).join('')
  return { input, base: `${signed}"@signature-params": ${input}` }
}

/** The derived components (section 2.2), of the bytes that are sent. */
function derivedFrom({ method, url, authority, pathAndQuery }: RequestToSign): ReadonlyMap<string, string> {
  const queryAt = pathAndQuery.indexOf('?')
  return new Map([
    ['@method', method],
    ['@target-uri', url],
    ['@authority', authority],
    ['@scheme', 'https'],
    ['@request-target', pathAndQuery],
    ['@path', queryAt < 0 ? pathAndQuery : pathAndQuery.slice(0, queryAt)],
    ['@query', queryAt < 0 ? '?' : pathAndQuery.slice(queryAt)],
  ])
}

/** A string of structured fields (RFC 9651 section 4.1.6). */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
