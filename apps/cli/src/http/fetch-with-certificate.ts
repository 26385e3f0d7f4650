import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request as sendRequest } from 'node:https'
import { Readable } from 'node:stream'
import { createSecureContext } from 'node:tls'
import type { Fetch } from '@mtls-gateway/client'
import { CliFailure, errorCode } from '../cli-failure.ts'

/** Statuses whose answers have no body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * A fetch that shows a client certificate, which that of the platform can't do.
 * @param certFile PEM of certificate and chain
 * @param keyFile PEM
 * @throws CliFailure: the files can't be used
 */
export async function fetchWithCertificate(certFile: string, keyFile: string): Promise<Fetch> {
  const [cert, key] = await Promise.all([read(certFile), read(keyFile)])
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    const advice = 'Give the certificate and its key in PEM, the key without a passphrase.'
    throw new CliFailure('wrongUse', `${certFile} and ${keyFile} are no certificate and its key. ${advice}`, { cause })
  }
  const agent = new Agent({ cert, key, keepAlive: true })
  return async (input, init) => {
    const request = new Request(input, init)
    const { method, url, signal } = request
    if (!url.startsWith('https:')) {
      throw new CliFailure('wrongUse', `A client certificate is shown to https urls alone, and ${url} is none.`)
    }
    const body = Buffer.from(await request.arrayBuffer())
    const headers = Object.fromEntries(request.headers)
    return answerTo({ method, agent, signal, headers }, url, body)
  }
}

async function answerTo(options: RequestOptions, url: string, body: Buffer): Promise<Response> {
  const call = sendRequest(url, options)
  call.end(body.length === 0 ? undefined : body)
  const [answer] = (await once(call, 'response')) as [IncomingMessage]
  const { statusCode: status = 0, statusMessage: statusText = '', rawHeaders } = answer
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i] ?? '', rawHeaders[i + 1] ?? '')
  const isEmpty = options.method === 'HEAD' || bodiless.has(status)
  if (isEmpty) answer.resume()
  return new Response(isEmpty ? null : (Readable.toWeb(answer) as ReadableStream), { status, statusText, headers })
}

async function read(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new CliFailure('wrongUse', `${file} can not be read (${errorCode(error)}).`, { cause: error })
  }
}
