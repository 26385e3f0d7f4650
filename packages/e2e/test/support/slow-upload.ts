import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'

export interface SlowUpload {
  /** All but the last byte has left this process. */
  readonly sent: Promise<void>
  /** `undefined` if the connection ended without an answer. */
  readonly status: Promise<number | undefined>
  /** Sends the last byte. */
  finish(): void
  cancel(): void
}

/** Begins a JSON request and holds back the last byte of its body. */
export function beginUpload(url: string, token: string, body: string): SlowUpload {
  const upload = request(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
  })
  return {
    status: statusOf(upload),
    sent: new Promise<void>((resolve) => upload.write(body.slice(0, -1), () => resolve())),
    finish: () => upload.end(body.slice(-1)),
    cancel: () => upload.destroy(),
  }
}

async function statusOf(upload: ClientRequest): Promise<number | undefined> {
  try {
    const [answer] = (await once(upload, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  } catch {
    return undefined
  }
}
