import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, it } from '@jest/globals'
import { GatewayService } from '../../src/server/gateway/gateway-service.ts'
import { startConfigApiDouble } from './support/config-api-double.ts'

it('what anybody can have the console ask, without being signed in, takes no connection of a page', async () => {
  const double = await startConfigApiDouble()
  double.answer = ({ url }, response) => void (url === '/page' && response.end('answered'))
  const configApi = new GatewayService({ url: double.url, caFile: undefined })
  const headers = { authorization: 'Bearer token-of-ann' }
  const own = Array.from({ length: 400 }, () => configApi.send({ method: 'GET', path: '/own', headers }))
  const ended = Promise.allSettled(own)
  const answer = await configApi.send({ method: 'GET', path: '/page', headers, isOfPage: true })
  expect(await text(answer)).toBe('answered')
  configApi.close()
  await double.close()
  expect((await ended).every(({ status }) => status === 'rejected')).toBe(true)
})

it('a config-api that takes connections and does not answer is found out long before a trial of a certificate would be', async () => {
  const mute = createServer((socket) => void socket.on('error', () => {}).resume())
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
  const { port } = mute.address() as AddressInfo
  const configApi = new GatewayService({ url: `http://127.0.0.1:${port}`, caFile: undefined })
  const cause = expect.objectContaining({ message: 'no answer within 200 ms' })
  await expect(configApi.check(200)).rejects.toMatchObject({ code: 'CONFIG_API_UNAVAILABLE', cause })
  configApi.close()
  await new Promise((resolve) => mute.close(resolve))
})
