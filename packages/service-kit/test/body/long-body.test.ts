import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { expect, it } from '@jest/globals'
import { Bulkhead, type Permit } from '@mtls-gateway/bulkhead'
import type { CallHandler, ExecutionContext } from '@nestjs/common'
import { lastValueFrom, of } from 'rxjs'
import { RequestBodyInterceptor } from '../../src/index.ts'

const mib = 1_048_576

/** In which turn of the event loop a body was weighed, was there, and was handled. */
async function turnsOf(text: string): Promise<readonly number[]> {
  const turns: number[] = []
  let turn = 0
  let counting = setImmediate(function count() {
    turn += 1
    counting = setImmediate(count)
  })
  class Pool extends Bulkhead {
    override async acquire(...asked: Parameters<Bulkhead['acquire']>): Promise<Permit> {
      const permit = await super.acquire(...asked)
      const charge = permit.charge.bind(permit)
      permit.charge = (units) => {
        if (turns.length === 0) turns.push(turn)
        charge(units)
      }
      return permit
    }
  }
  const pool = new Pool('request-bodies', { total: 64 * mib, share: 32 * mib, reserve: 32 * mib, cooledPerSecond: mib })
  const raw = Object.assign(Readable.from([Buffer.from(text)]), {
    headers: { 'content-length': String(text.length) },
    socket: { bytesRead: 0 },
  }) as unknown as IncomingMessage
  let body: unknown = raw
  const request = {
    raw,
    headers: { 'content-type': 'application/json', ...raw.headers },
    routeOptions: { config: {} },
    params: { accountId: 'le123' },
    get body() {
      return body
    },
    set body(parsed: unknown) {
      turns.push(turn)
      body = parsed
    },
  }
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext
  const next: CallHandler = {
    handle: () => {
      turns.push(turn)
      return of(body)
    },
  }
  const answer = await new RequestBodyInterceptor(8 * mib, pool).intercept(context, next)
  expect(await lastValueFrom(answer)).toEqual(JSON.parse(text))
  clearImmediate(counting)
  return turns
}

it('a long body is weighed, parsed and handled in turns of their own, and no other is', async () => {
  const [weighed = 0, parsed = 0, handled = 0] = await turnsOf(JSON.stringify(Array.from({ length: 100_000 }, () => 1)))
  expect(parsed).toBeGreaterThan(weighed)
  expect(handled).toBeGreaterThan(parsed)
  expect(new Set(await turnsOf('[1]')).size).toBe(1)
})
