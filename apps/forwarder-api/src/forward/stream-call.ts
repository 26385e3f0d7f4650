import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import type { ParsedTargetUrl } from '@mtls-gateway/domain'
import type { Dispatchers, TargetCaller } from '@mtls-gateway/outbound'
import { answerHeaders } from './target-answer.ts'
import { targetUnreachable } from './transport-failure.ts'

export interface StreamedCall {
  readonly caller: TargetCaller
  readonly target: ParsedTargetUrl
  /** `[name, value, ...]` */
  readonly headers: readonly string[]
  readonly body: Buffer | Readable | null
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
}

/**
 * Sends a call to its target and streams the answer back. The end of the caller's connection ends the call; an answer that
 * breaks off ends the caller's connection, so that it never looks whole.
 *
 * Rejects only while nothing of an answer has gone out.
 */
export async function streamCall(dispatchers: Dispatchers, call: StreamedCall): Promise<void> {
  const { caller, target, headers, body, request, response, requestId } = call
  const aborted = new AbortController()
  const abort = () => {
    if (!response.writableFinished) aborted.abort()
  }
  response.on('close', abort)
  const origin = `https://${target.hostname}:${target.port}`
  try {
    await dispatchers.acquire(caller, origin).stream(
      {
        origin,
        path: target.pathAndQuery,
        method: request.method ?? 'GET',
        headers: [...headers],
        body,
        signal: aborted.signal,
        responseHeaders: 'raw',
      },
      ({ statusCode, headers: rawHeaders }) => {
        response.sendDate = false
        // With `responseHeaders: 'raw'` undici hands a flat list of strings, which its types don't tell.
        response.writeHead(statusCode, answerHeaders(rawHeaders as unknown as string[], requestId))
        return response
      },
    )
  } catch (error) {
    if (!response.headersSent && !response.destroyed)
      throw targetUnreachable(error, `${target.hostname}:${target.port}`)
    response.destroy()
  } finally {
    response.off('close', abort)
  }
}
