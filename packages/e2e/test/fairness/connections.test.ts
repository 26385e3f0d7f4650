import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type ServiceProcess, startService, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { forwarderApiEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { serviceEnv } from '../support/service-env.ts'
import { System } from '../support/system.ts'
import { lp } from '../support/tenant.ts'

let target: TestTarget
let system: System
let forwarder: ServiceProcess

beforeAll(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
  const options = { targets: [target], configApiOnly: true }
  system = await System.start(options)
  const env = serviceEnv('forwarder-api', system.dataDir, system.backends, options)
  forwarder = await startService({ entry: forwarderApiEntry, env, maxDescriptors: 1_024 })
})

afterAll(async () => {
  await forwarder?.stop()
  await system?.stop()
  await target?.close()
})

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${forwarder.managementUrl}/metrics`)).text()
  return Number(new RegExp(`^${name}\\{pool="connections"\\} (\\d+)$`, 'm').exec(text)?.[1])
}

describe('992 connections of one address that send nothing, to a forwarder with 1,024 descriptors', () => {
  it('leave callers their connections, and the forwarder those to targets', async () => {
    const tenant = await system.newTenant()
    const oauth1 = await tenant.newAppKey(['forward'])
    const silent: Socket[] = []
    try {
      for (let n = 0; n < 992; n++) {
        const port = Number(new URL(forwarder.url).port)
        silent.push(connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' }).on('error', () => {}))
      }
      await eventually(
        () => metric('bulkhead_refused_total'),
        (refused) => refused === 992 - 256,
      )
      expect(await metric('bulkhead_in_use')).toBe(256)
      const caller = system.toForwarderApi({ oauth1 }, forwarder)
      const call = { method: 'GET', path: tenant.forwardPath, headers: lp(`${target.url}/`) }
      const answers = await Promise.all(Array.from({ length: 100 }, () => caller.raw(call)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    } finally {
      for (const socket of silent) socket.destroy()
    }
  })
})
