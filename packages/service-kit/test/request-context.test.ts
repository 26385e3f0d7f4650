import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from '@jest/globals'
import { requestContextOf, ServiceMetrics } from '../src/index.ts'

it('a request took until it ended, whoever asks later; until then, until now', async () => {
  const request = new IncomingMessage(new Socket())
  request.method = 'GET'
  const context = requestContextOf(request)
  const first = context.endedAt
  await delay(5)
  expect(context.endedAt).toBeGreaterThan(first)
  context.end()
  const { startedAt, endedAt } = context
  await delay(50)
  expect(context.endedAt).toBe(endedAt)
  const metrics = new ServiceMetrics('test')
  metrics.countRequest(request, new ServerResponse(request), context)
  const [, seconds] = /^http_request_duration_seconds_sum\{.*\} (.*)$/m.exec(await metrics.registry.metrics()) ?? []
  expect(Number(seconds)).toBeCloseTo((endedAt - startedAt) / 1_000, 9)
})
