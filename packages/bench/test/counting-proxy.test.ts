import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { type CountingProxy, startCountingProxy } from '../src/scale/counting-proxy.ts'

const vault = createServer((_, answer) => answer.end('{}'))
let proxy: CountingProxy

beforeAll(async () => {
  await once(vault.listen(0, '127.0.0.1'), 'listening')
  proxy = await startCountingProxy(`http://127.0.0.1:${(vault.address() as AddressInfo).port}`)
})

afterAll(async () => {
  await proxy.close()
  vault.close()
})

const read = (path: string) => fetch(`${proxy.address}/v1/scale/data/${path}`).then((answer) => answer.text())

it('counts reads, and those that are under way together as one round trip', async () => {
  const counted = await proxy.countDuring(async () => {
    await read('accounts/acme')
    await Promise.all([read('keys/acme/1'), read('chains/acme/1')])
  })

  expect(counted).toEqual({ reads: 3, roundTrips: 2 })
})

it('leaves out the epoch of the store, which is read every few seconds beside any call', async () => {
  const counted = await proxy.countDuring(() => Promise.all([read('deployment/store-epoch'), read('accounts/acme')]))

  expect(counted).toEqual({ reads: 1, roundTrips: 1 })
})
