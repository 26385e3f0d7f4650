import { describe, expect, it } from '@jest/globals'
import { createConfigApiClient, type Fetch, InvalidRequest } from '@mtls-gateway/client'
import type { Heard, ServicePlace } from '../src/http/service-place.ts'
import { terminalClient } from '../src/http/terminal-client.ts'

const place: ServicePlace = { service: 'config-api', baseUrl: 'https://mtls.example' }

function client(heard: Heard) {
  const fetch: Fetch = () => Promise.reject(new TypeError('of fetch'))
  return terminalClient(createConfigApiClient({ ...place, accountId: 'le1', token: 'secret', fetch }), place, heard)
}

describe('a call that fails', () => {
  it.each<Heard>([{}, { from: place }])('by fetch is told as no answer, with %j heard', async (heard) => {
    const failure = {
      name: 'CliFailure',
      exitCode: 3,
      message: expect.stringMatching(/^config-api does not answer at /),
    }
    await expect(client(heard).getSettings()).rejects.toMatchObject(failure)
  })

  it('before it is sent is the fault of what was typed, or of the answer that its request is made from', async () => {
    const failure = { name: 'CliFailure', exitCode: 2, message: expect.stringMatching(/^appKey is \.\., /) }
    await expect(client({}).deleteAppKey({ appKey: '..' })).rejects.toMatchObject(failure)
    await expect(client({ from: place }).deleteAppKey({ appKey: '..' })).rejects.toThrow(InvalidRequest)
  })
})
