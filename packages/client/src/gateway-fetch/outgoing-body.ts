import { isForm } from '../signing/form-type.ts'
import { unlessAborted } from './abort.ts'

/** Bytes can be signed and sent again, a stream can neither; undefined: there is no body. */
export type OutgoingBody = Uint8Array<ArrayBuffer> | ReadableStream | undefined

/**
 * @param request from `input` and `init` of a call
 * @param given the body of `init`; undefined: that of the request, of which nobody knows any more what it was made from
 */
export async function readBody(
  request: Request,
  given: RequestInit['body'],
  signal: AbortSignal | undefined,
): Promise<OutgoingBody> {
  // Bun forgets the type that a body brings along, unless it is asked for before the body is read.
  const type = request.headers.get('content-type')
  if (request.body === null) return undefined
  // The parameters of a form are signed, so all of it has to be there.
  if (isHeld(given)) return new Uint8Array(await unlessAborted(request.arrayBuffer(), signal))
  if (!isForm(type)) return request.body
  // Whoever makes the body is told of the end, as by fetch: to read it with a signal cancels it at its source.
  const body = request.body.pipeThrough(new TransformStream(), { ...(signal && { signal }) })
  return new Uint8Array(await unlessAborted(new Response(body).arrayBuffer(), signal))
}

/** Tells the source of a body that nobody will read it, because the call has ended before. */
export function cancelBody(request: Request, reason: unknown): void {
  request.body?.cancel(reason).catch(() => {})
}

/** Whether a body is there as a whole, and does not come by and by. */
function isHeld(body: unknown): boolean {
  return (
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof Blob ||
    body instanceof URLSearchParams ||
    body instanceof FormData
  )
}
