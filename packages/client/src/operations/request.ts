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

/** A body as it goes out; a form's type is fetch's to say, as it makes the boundary. */
export interface Content {
  readonly type?: string
  readonly body?: string | FormData
}

/** Path and query. @throws TypeError for a parameter of the path that is missing */
export function pathOf({ path }: Route, accountId: string, request: AnyRequest): string {
  const parameters: Readonly<Record<string, unknown>> = { ...request, accountId }
  const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name]
    if (value === undefined || value === '') throw new TypeError(`${name} is missing: ${path}`)
    return encodeURIComponent(String(value))
  })
  const query = new URLSearchParams(given(request.query ?? {}))
  return query.size === 0 ? filled : `${filled}?${query}`
}

export function contentOf({ body, form, pem }: AnyRequest): Content {
  if (form !== undefined) return { body: formData(form) }
  if (pem !== undefined) return { type: 'application/x-pem-file', body: pem }
  return body === undefined ? {} : { type: 'application/json', body: JSON.stringify(body) }
}

export function headersOf({ headers = {}, ifMatch, idempotencyKey }: AnyRequest): Headers {
  const conditions = { [headerNames.ifMatch]: ifMatch ?? undefined, [headerNames.idempotencyKey]: idempotencyKey }
  return new Headers(given({ ...headers, ...conditions }))
}

function formData(parts: Readonly<Record<string, unknown>>): FormData {
  const form = new FormData()
  for (const [name, value] of Object.entries(parts)) {
    if (value instanceof Blob) form.append(name, value)
    else if (value !== undefined) form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  return form
}

function given(values: Readonly<Record<string, unknown>>): [name: string, value: string][] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
}
