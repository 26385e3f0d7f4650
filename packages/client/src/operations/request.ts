import { headerNames, type Route } from '@mtls-gateway/contract/words'

/** What may be in a request, whatever its operation: the types of each operation say what it takes. */
export interface AnyRequest {
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly form?: Readonly<Record<string, unknown>>
  readonly pem?: string
  readonly ifMatch?: string | null
  readonly idempotencyKey?: string
  readonly signal?: AbortSignal
  /** What the path names. */
  readonly [parameter: string]: unknown
}

/** A body as it goes out. */
export interface Content {
  readonly type?: string
  readonly body?: string | Blob
}

/** Path and query. @throws TypeError for a parameter of the path that is missing, or is a step of its own in a url */
export function pathOf({ path }: Route, accountId: string, request: AnyRequest): string {
  const parameters: Readonly<Record<string, unknown>> = { ...request, accountId }
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name]
    if (value === undefined || value === '') throw new TypeError(`${name} is missing: ${path}`)
    if (value === '.' || value === '..')
      throw new TypeError(`${name} is ${value}, which leads to another path: ${path}`)
    return encodeURIComponent(String(value))
  })
  const query = new URLSearchParams(given(request.query ?? {}))
  return query.size === 0 ? filled : `${filled}?${query}`
}

export function contentOf({ body, form, pem }: AnyRequest): Content {
  if (form !== undefined) return formContent(form)
  if (pem !== undefined) return { type: 'application/x-pem-file', body: pem }
  return body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) }
}

/** @throws TypeError where `ifMatch` is null: without the condition a change that was made meanwhile would be lost */
export function headersOf({ headers = {}, ifMatch, idempotencyKey }: AnyRequest): Headers {
  if (ifMatch === null) throw new TypeError('ifMatch is null: the answer that it is from has no ETag')
  const conditions = { [headerNames.ifMatch]: ifMatch, [headerNames.idempotencyKey]: idempotencyKey }
  return new Headers(given({ ...headers, ...conditions }))
}

/**
 * A multipart form whose texts arrive as they are: FormData sends each line break of a text as CRLF, which is another
 * password, and another body for the target of a test call.
 */
function formContent(parts: Readonly<Record<string, unknown>>): Content {
  const boundary = crypto.randomUUID()
  const pieces = Object.entries(parts).flatMap(([name, value]) => {
    if (value === undefined) return []
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${encodeURIComponent(name)}"`
    if (value instanceof Blob) return [`${head}${fileOf(value)}\r\n\r\n`, value, '\r\n']
    return [`${head}\r\n\r\n`, typeof value === 'string' ? value : JSON.stringify(value), '\r\n']
  })
  const body = new Blob([...pieces, `--${boundary}--\r\n`])
  return { type: `multipart/form-data; boundary=${boundary}`, body }
}

function fileOf(file: Blob): string {
  const name = file instanceof File ? file.name.replaceAll(/["\r\n]/g, encodeURIComponent) : 'blob'
  return `; filename="${name}"\r\nContent-Type: ${file.type || 'application/octet-stream'}`
}

function given(values: Readonly<Record<string, unknown>>): [name: string, value: string][] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
}
