import { Readable } from 'node:stream'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { beginUpload } from '../support/slow-upload.ts'
import { newAccountId, type Tenant } from '../support/tenant.ts'
import { expectEmpty } from '../support/untouched.ts'

const MIB = 1024 * 1024

describe('bodies', () => {
  let system: SharedSystem
  let tenant: Tenant

  beforeAll(async () => {
    system = await sharedSystem()
    tenant = await system.newTenant()
  })

  afterAll(() => system?.stop())

  const headers = { 'content-type': 'application/json' }

  it.each(['certificates', 'mappings', 'app-keys'])('of more than 8 MiB are refused with 413 at %s', async (below) => {
    const url = system.configApi.url + tenant.path(below)
    const upload = beginUpload(url, await system.token(), `["${'x'.repeat(8 * MIB)}"]`)
    expect(await upload.status).toBe(413)
    upload.cancel()
    await expectEmpty(tenant)
  })

  it('of unknown length are refused with 413 once they pass 8 MiB', async () => {
    const chunked = async function* () {
      for (let sent = 0; sent < 8; sent++) yield Buffer.alloc(MIB, ' ')
      yield Buffer.from('[] ')
    }
    const body = Readable.from(chunked())
    const refused = await tenant.api.raw({ method: 'POST', path: tenant.path('mappings'), headers, body })
    expectProblem(refused, 413, 'BODY_TOO_LARGE')
  })

  it('of 8 MiB are read', async () => {
    const body = JSON.stringify([{ name: 'x'.repeat(8 * MIB - 13) }])
    expect(Buffer.byteLength(body)).toBe(8 * MIB)
    const refused = await tenant.api.raw({ method: 'POST', path: tenant.path('mappings'), headers, body })
    expect(refused.status).toBe(400)
  })

  it('of more than 8 MiB are refused with 413 by the forwarder', async () => {
    const url = `${system.forwarderApi.url}/mtls/mapping`
    const upload = beginUpload(url, await system.token(), `["${'x'.repeat(8 * MIB)}"]`)
    expect(await upload.status).toBe(413)
    upload.cancel()
  })

  it('are at most two of the largest at once of an account, and other accounts are not held up', async () => {
    const token = await system.token()
    // A new tenant, with no large bodies that have yet to cool.
    const other = await system.newTenant()
    const crowded = `${system.configApi.url}/mtls/account/${newAccountId()}/mappings`
    const begin = () => beginUpload(crowded, token, `[{"name":"${'x'.repeat(7 * MIB)}"}]`)
    const two = [begin(), begin()]
    await Promise.all(two.map(({ sent }) => sent))
    const third = async () => {
      const upload = begin()
      const status = await Promise.race([upload.status, setTimeout(500, undefined)])
      upload.cancel()
      return status
    }
    try {
      // What has left this process is not yet counted on the other side: ask until it is.
      await eventually(third, (status) => status === 429)
      expect((await other.api.json('POST', other.path('mappings'), [{}])).status).toBe(400)
    } finally {
      for (const upload of two) upload.finish()
    }
    expect(await Promise.all(two.map(({ status }) => status))).toEqual([400, 400])
  })
})
