import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createCa } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { openRaw } from '../support/raw-exchange.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'

let system: System
let large: Tenant
let other: Tenant
let head: string

beforeAll(async () => {
  system = await System.start({ configApiOnly: true })
  large = await system.newTenant()
  other = await system.newTenant()
  const { id: certificationId } = await large.saveCertificate(
    'c1',
    await (await createCa()).issue({ commonName: 'large' }),
  )
  for (let list = 0; list < 5; list++) {
    const mappings = Array.from({ length: 1_000 }, (_, at) => ({
      certificationId,
      serviceId: 'IDP',
      enable: true,
      url: `https://target-${list}.example/a/path/${at}`,
      siteId: large.id,
      name: `m${list}-${at}`,
    }))
    mustBe(201, await large.api.json('POST', large.path('mappings'), mappings))
  }
  const authorization = `Authorization: Bearer ${await system.token()}`
  head = `GET ${large.path('mappings')} HTTP/1.1\r\nHost: ${new URL(system.configApi.url).host}\r\n${authorization}\r\n\r\n`
})

afterAll(() => system?.stop())

async function places(): Promise<{ inUse: number; waiting: number }> {
  const text = await (await fetch(`${system.configApi.managementUrl}/metrics`)).text()
  const count = (name: string) =>
    Number(new RegExp(`^bulkhead_${name}\\{pool="account-reads"\\} (\\d+)$`, 'm').exec(text)?.[1])
  return { inUse: count('in_use'), waiting: count('waiting') }
}

const areFree = ({ inUse, waiting }: { inUse: number; waiting: number }) => inUse === 0 && waiting === 0

describe('an account that reads much at once', () => {
  it('has its mappings searched', async () => {
    const names = async (query: string) => {
      const { body } = await large.api.json<{ name: string }[]>('GET', large.path(`mappings?${query}`))
      return body.map(({ name }) => name).sort()
    }
    expect(await names('search=TARGET-3.example/a/path/99')).toHaveLength(11)
    expect(await names('search=m4-999')).toEqual(['m4-999'])
    expect(await names('search=target-2&limit=50')).toHaveLength(50)
  })

  it('has four answers at a time, while others are answered', async () => {
    const connections = await Promise.all(Array.from({ length: 20 }, () => openRaw(system.configApi.url)))
    const answered = connections.map(({ socket, until }) => {
      socket.write(head)
      return until((text) => text.endsWith(']'))
    })
    expect(await eventually(places, ({ waiting }) => waiting > 0)).toMatchObject({ inUse: 400 })
    expect(await other.api.json('GET', other.path('mappings'))).toMatchObject({ status: 200, body: [] })
    expect((await places()).waiting).toBeGreaterThan(0)
    const texts = await Promise.all(answered)
    expect(texts.filter(({ text }) => text.startsWith('HTTP/1.1 200'))).toHaveLength(20)
    expect(await eventually(places, areFree)).toEqual({ inUse: 0, waiting: 0 })
  })

  it('has four readings at a time where it asks for explanations, too, while others are answered', async () => {
    const url = 'https://target-3.example/a/path/x'
    const explain = () => large.api.json('POST', large.path('mappings/explain'), { serviceName: 'IDP', url })
    const explained = Array.from({ length: 20 }, explain)
    await eventually(places, ({ waiting }) => waiting > 0)
    expect((await other.api.json('GET', other.path('mappings'))).status).toBe(200)
    expect((await places()).waiting).toBeGreaterThan(0)
    expect(new Set((await Promise.all(explained)).map(({ status }) => status))).toEqual(new Set([200]))
    expect(await eventually(places, areFree)).toEqual({ inUse: 0, waiting: 0 })
  })

  it('gives back its places with its connections', async () => {
    for (let round = 0; round < 3; round++) {
      const connections = await Promise.all(Array.from({ length: 20 }, () => openRaw(system.configApi.url)))
      for (const { socket } of connections) socket.pause().write(head)
      await eventually(places, ({ waiting }) => waiting > 0)
      for (const { socket } of connections) socket.resetAndDestroy()
      expect(await eventually(places, areFree)).toEqual({ inUse: 0, waiting: 0 })
    }
  })
})
