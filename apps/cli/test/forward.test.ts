import { describe, expect, it } from '@jest/globals'
import { startServer } from './api-server.ts'
import { mtls } from './invocation.ts'
import { temporaryDirectory } from './temporary-directory.ts'

describe('mtls forward', () => {
  it.each([
    [{ MTLS_TOKEN: 'token' }, ''],
    [{ MTLS_APP_KEY: 'le1.k', MTLS_APP_SECRET: 'secret' }, '&lp_hash='],
  ])('adds to the query of a target only what is signed, with %j', async (credentials, added) => {
    const gateway = await startServer((response) => void response.end())
    const environment = { XDG_CONFIG_HOME: await temporaryDirectory(), ...credentials }
    const place = ['--account', 'le1', '--forwarder-api', gateway.url]
    const { exitCode } = await mtls(['forward', '--to', '7', 'a?b', ...place], { environment })
    expect([exitCode, gateway.requests.length]).toEqual([0, 1])
    const [asked = ''] = gateway.requests.map(({ url }) => url.replace(/=.+/, '='))
    expect(asked).toBe(`/mtls/account/le1/to/7/a?b${added}`)
  })
})
