import { signedMessageHeaders } from '@mtls-gateway/outbound'
import { readWebhookSecret } from '../configuration/audit-settings.ts'
import { webhookMessage } from '../webhooks/webhook-message.ts'
import type { AuditReceiver, StreamedEntry } from './audit-receiver.ts'

type Batch = Parameters<AuditReceiver['send']>[0]

/** The operator's webhook: a Standard Webhooks message for each batch, with an id that follows from what is in it. */
export class WebhookReceiver implements AuditReceiver {
  readonly name = 'webhook'
  readonly atOnce = 4
  readonly #url: string
  readonly #secretFile: string

  constructor(url: string, secretFile: string) {
    this.#url = url
    this.#secretFile = secretFile
  }

  async send(entries: Batch, signal: AbortSignal): Promise<void> {
    const [first] = entries
    const last = entries.at(-1) ?? first
    const id = entries.length === 1 ? first.id : `${first.id}-${last.id.slice(last.account.length + 1)}`
    const data = { accountId: first.account, entries }
    const message = webhookMessage(id, 'audit.entries', Date.parse(last.at), data)
    const headers = signedMessageHeaders(readWebhookSecret(this.#secretFile), message, Date.now())
    await post(this.#url, headers, message.body, signal)
  }

  /** Any answer will do: a receiver need not know this method. */
  async check(): Promise<void> {
    readWebhookSecret(this.#secretFile)
    const request = { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(checkMs) } as const
    await fetch(this.#url, request).catch(throwReason)
  }
}

/** A collector of OpenTelemetry: log records by OTLP over HTTP, as JSON. */
export class OtlpReceiver implements AuditReceiver {
  readonly name = 'otlp'
  readonly atOnce = 4
  readonly #url: string

  /** @param endpoint the collector's base url, as in `OTEL_EXPORTER_OTLP_ENDPOINT` */
  constructor(endpoint: string) {
    this.#url = `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/logs`
  }

  async send(entries: Batch, signal: AbortSignal): Promise<void> {
    const refused = refusedRecords(await post(this.#url, {}, otlpRequest(entries), signal))
    if (refused > 0) throw new Error(`it refused ${refused} of ${entries.length} records`)
  }

  async check(): Promise<void> {
    await post(this.#url, {}, otlpRequest([]), AbortSignal.timeout(checkMs))
  }
}

const checkMs = 5_000

/** An ExportLogsServiceRequest (opentelemetry-proto, collector/logs/v1). */
function otlpRequest(entries: readonly StreamedEntry[]): string {
  const resource = { attributes: [attribute('service.name', 'config-api')] }
  const scopeLogs = [{ scope: { name: 'mtls-gateway.audit' }, logRecords: entries.map(logRecord) }]
  return JSON.stringify({ resourceLogs: entries.length === 0 ? [] : [{ resource, scopeLogs }] })
}

function logRecord(entry: StreamedEntry) {
  return {
    timeUnixNano: nanoseconds(Date.parse(entry.at)),
    observedTimeUnixNano: nanoseconds(Date.now()),
    severityNumber: 9,
    severityText: 'INFO',
    eventName: 'mtls.audit',
    body: { stringValue: JSON.stringify(entry) },
    attributes: [
      // By it, records that come twice are told (OpenTelemetry's semantic conventions).
      attribute('log.record.uid', entry.id),
      attribute('mtls.account', entry.account),
      attribute('mtls.audit.action', entry.action),
      attribute('mtls.audit.actor', entry.actor),
      { key: 'mtls.audit.revision', value: { intValue: String(entry.revision) } },
      attribute('client.address', entry.address),
    ],
  }
}

function attribute(key: string, value: string) {
  return { key, value: { stringValue: value } }
}

function nanoseconds(ms: number): string {
  return `${ms}000000`
}

/** A collector may take a part of what it was sent, and say so with a 200. */
function refusedRecords(answer: string): number {
  if (answer.trim() === '') return 0
  try {
    const { partialSuccess } = JSON.parse(answer) as { partialSuccess?: { rejectedLogRecords?: string | number } }
    return Number(partialSuccess?.rejectedLogRecords ?? 0)
  } catch {
    throw new Error('its answer is not JSON')
  }
}

const maxAnswerBytes = 65_536

/**
 * The operator names the url, so it passes no guard of targets and no egress proxy.
 * @returns what was answered with a 2xx @throws Error: nothing else is taken for an answer of a receiver
 */
async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<string> {
  const request = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body, signal }
  // A redirect would take the audit elsewhere.
  const response = await fetch(url, { ...request, redirect: 'manual' }).catch(throwReason)
  const answer = await readText(response).catch(throwReason)
  if (!response.ok) throw new Error(`it answered ${response.status}`)
  // A login page or a proxy's, with a 200.
  if (response.headers.get('content-type')?.startsWith('text/html')) throw new Error('it answered with a web page')
  return answer
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.length
    if (bytes > maxAnswerBytes) throw new Error('its answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

/** `fetch` says only that it failed. */
function throwReason(error: unknown): never {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error)) throw error
  throw new Error(`it was not reached: ${'code' in cause ? cause.code : cause.message}`)
}
