import { CodedError, errorCodes, parseRecordId } from '@mtls-gateway/domain'
import { tlsVersions } from '@mtls-gateway/domain/words'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import { z } from 'zod'
import type { ProbeRequest, SignRequest } from './prober-job.ts'

/** The limit in both directions. Fits more than any account has: the most mappings, each with its own trust. */
export const maxProbeBytes = 32 * 1024 * 1024
/** A signing request and a CA have 2 KB each. */
export const maxSignBytes = 64 * 1024
/** Longer than any probe lasts. */
const maxDeadlineMs = 120_000

const trustSchema = z.strictObject({
  key: z.string(),
  caCertificates: z.exactOptional(z.string()),
  spkiPins: z.exactOptional(z.array(z.string())),
  serverName: z.exactOptional(z.string()),
  ca: z.exactOptional(z.strictObject({ key: z.string(), bytes: z.number() })),
})

const tlsSchema = z.strictObject({
  minVersion: z.exactOptional(z.enum(tlsVersions)),
  maxVersion: z.exactOptional(z.enum(tlsVersions)),
  legacyRenegotiation: z.exactOptional(z.literal(true)),
  ciphers: z.exactOptional(z.array(z.string())),
  groups: z.exactOptional(z.array(z.string())),
})

/** Thousands of urls may share the CA certificates of a trust, sent only once: a url names its trust by index. */
const probeSchema = z.strictObject({
  keyId: z.string(),
  certificates: z.string(),
  trusts: z.array(trustSchema),
  urls: z.array(
    z.strictObject({
      url: z.string(),
      trust: z.exactOptional(z.int().nonnegative()),
      tls: z.exactOptional(tlsSchema),
    }),
  ),
  method: z.enum(['HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']),
  deadlineMs: z.int().positive().max(maxDeadlineMs),
})

export function encodeProbe({ urls, ...rest }: ProbeRequest): string {
  const trusts = [...new Map(urls.flatMap(({ trust }) => (trust ? [[trust.key, trust] as const] : []))).values()]
  const places = new Map(trusts.map(({ key }, place) => [key, place]))
  const named = urls.map(({ url, trust, tls }) => ({ url, trust: trust && places.get(trust.key), tls }))
  return JSON.stringify({ ...rest, trusts, urls: named })
}

/** A year and a day more than ten, which no CA of an account outlives. */
const maxLifetimeSeconds = 11 * 366 * 86_400

const signSchema = z.strictObject({
  keyId: z.string(),
  ca: z.string().max(maxSignBytes),
  csr: z.string().max(maxSignBytes),
  lifetimeSeconds: z.int().positive().max(maxLifetimeSeconds),
})

/** As {@link decodeProbe}. @throws CodedError `VALIDATION_FAILED` */
export function decodeSign(body: Buffer): SignRequest {
  const { data } = signSchema.safeParse(parsed(body))
  if (data === undefined) throw notAProbe()
  return { ...data, keyId: recordIdOf(data.keyId) }
}

/** The client may have been taken over, so nothing it sends is believed. @throws CodedError `VALIDATION_FAILED` */
export function decodeProbe(body: Buffer): ProbeRequest {
  const { data } = probeSchema.safeParse(parsed(body))
  if (data === undefined) throw notAProbe()
  const { trusts, urls, keyId, ...rest } = data
  const probed = urls.map(({ url, trust, tls }) => {
    if (trust !== undefined && trusts[trust] === undefined) throw notAProbe()
    return { url, trust: trust === undefined ? undefined : trusts[trust], tls }
  })
  return { ...rest, keyId: recordIdOf(keyId), urls: probed }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw notAProbe()
  }
}

function recordIdOf(text: string) {
  try {
    return parseRecordId(text)
  } catch {
    throw notAProbe()
  }
}

function notAProbe(): CodedError {
  return new CodedError(
    'VALIDATION_FAILED',
    'This is not a probe request. Run config-api and the prober in the same version.',
  )
}

/**
 * The prober has proved its identity and runs the same build, so its answer is not checked field by field. `trials`
 * keeps its name, or probes would fail while an update is rolled out.
 */
type Answer =
  | { readonly trials: readonly ProbedTarget[]; readonly certificate?: undefined }
  | { readonly certificate: string; readonly trials?: undefined }
  | {
      readonly code: string
      readonly detail: string
      readonly trials?: undefined
      readonly certificate?: undefined
    }

/** @throws CodedError what the prober answered instead; SyntaxError, TypeError: the text is not an answer */
export function decodeProbed(text: string, retryAfter: string | undefined): readonly ProbedTarget[] {
  const answer: Answer = JSON.parse(text)
  if (answer.trials !== undefined) return answer.trials
  throw failureOf(answer, retryAfter)
}

/** As {@link decodeProbed}. */
export function decodeSigned(text: string, retryAfter: string | undefined): string {
  const answer: Answer = JSON.parse(text)
  if (answer.certificate !== undefined) return answer.certificate
  throw failureOf(answer, retryAfter)
}

function failureOf(answer: Answer, retryAfter: string | undefined): Error {
  if (!('code' in answer)) return new TypeError('the prober answered something else')
  const code = errorCodes.find((each) => each === answer.code)
  if (code === undefined) return new TypeError('the prober answered with a code that is none')
  return new CodedError(code, answer.detail, retryAfter === undefined ? {} : { retryAfterSeconds: Number(retryAfter) })
}
