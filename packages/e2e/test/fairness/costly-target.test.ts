import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  createCa,
  type Sealer,
  SealingTarget,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { lp, type Tenant } from '../support/tenant.ts'

const applicationData = 23
const byte = Buffer.from('x')

/** An answer without end, each byte of it in a TLS record of its own. */
function sendCrumbs(sealer: Sealer, tcp: Socket): void {
  sealer.add(applicationData, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n'))
  const goOn = () => {
    if (tcp.destroyed) return
    for (let n = 0; n < 3_000; n++) sealer.add(applicationData, byte)
    if (tcp.write(sealer.take())) setImmediate(goOn)
    else tcp.once('drain', goOn)
  }
  goOn()
}

let costly: SealingTarget
let usual: TestTarget
let system: System
let tenant: Tenant
let caller: ApiClient

beforeAll(async () => {
  const ca = await createCa()
  const { privateKey, certificate } = await ca.issue({ commonName: 'localhost', dnsNames: ['localhost'] })
  costly = await SealingTarget.start({ identity: { key: privateKey, cert: certificate }, onRequest: sendCrumbs })
  usual = await startTestTarget({ requireClientCertificate: false })
  system = await System.start({ targets: [{ ca: ca.certificate }, usual] })
  tenant = await system.newTenant()
  caller = await tenant.newCaller(['forward'])
})

afterAll(async () => {
  await system?.stop()
  costly?.close()
  await usual?.close()
})

describe('a target that sends its answers in very small records', () => {
  it('has its connections closed and its calls refused, and the other targets of its account are called', async () => {
    const call = (url: string) => caller.json('GET', tenant.forwardPath, undefined, lp(`${url}/`))
    // Answers that break off.
    const brokenOff = await Promise.allSettled(Array.from({ length: 4 }, () => call(costly.url)))
    expect(brokenOff.map(({ status }) => status)).toEqual(Array(4).fill('rejected'))
    // One goes out after each pause, and breaks off as well.
    const refused = await eventually(
      () => call(costly.url).catch(() => undefined),
      (answer) => answer !== undefined,
    )
    expect(refused).toMatchObject({
      status: 503,
      body: { code: 'TARGET_CIRCUIT_OPEN', transportCode: 'TARGET_TOO_COSTLY' },
    })
    expect(await call(usual.url)).toMatchObject({ status: 200 })
  })
})
