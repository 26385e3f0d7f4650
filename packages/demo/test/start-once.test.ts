import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import type { StepReport } from '../src/terminal.ts'
import { startDemo } from './started-demo.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const flow = [
  'demo target started',
  'config-api and forwarder-api started',
  'Bearer tokens issued',
  'console started',
  'calls without a certificate are refused',
  'app key ready',
  'PKCS#12 file checked',
  'certificate uploaded',
  'certificate ordered',
  'target trusts its issuer',
  'certificate mapped',
  'mapping checked',
  'call forwarded',
  'bank called with token and signature',
  'examples added',
  'console signs in',
]

describe('npm start -- --once', () => {
  it('does the whole flow against the real services, again on the same data, and stops with 0', async () => {
    const DATA_DIR = await temporaryDirectory()
    const first = startDemo(['--once', '--json'], { DATA_DIR })
    expect({ code: await first.ended, stderr: first.stderr }).toEqual({ code: 0, stderr: '' })
    const reports: StepReport[] = first.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(reports.map(({ step }) => step)).toEqual(flow)
    expect(reports.every(({ ok }) => ok)).toBe(true)
    expect(reports.find(({ step }) => step === 'call forwarded')?.result).toContain('CN=demo-client')
    expect(reports.at(-1)?.result).toBe('its session lists 4 certificates')

    const second = startDemo(['--once'], { DATA_DIR })
    expect({ code: await second.ended, stderr: second.stderr }).toEqual({ code: 0, stderr: '' })
    expect(second.stdout).toMatch(/✓ leftovers of an earlier run deleted .* 9 deleted\n/)
    expect(second.stdout).toMatch(/✓ app key ready .* as before\n/)
    expect(second.stdout).toMatch(/\nAll 17 steps worked, in .* m?s\.\n$/)
    // Neither a token (a JWT begins so) nor the file that would hold one.
    expect(first.stdout + second.stdout).not.toContain('eyJ')
    expect(await readdir(DATA_DIR)).not.toContain('demo.json')
  })

  it('stops with 1 where a port is in use, and says which variable to set', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const port = String((holder.address() as AddressInfo).port)
    const demo = startDemo(['--once'], { DATA_DIR: await temporaryDirectory(), FORWARDER_API_PORT: port })
    expect(await demo.ended).toBe(1)
    holder.close()
    expect(demo.stdout).toMatch(
      new RegExp(`✗ config-api and forwarder-api started .*\\n  PORT_IN_USE: Port ${port} .*FORWARDER_API_PORT`),
    )
  })

  it('stops with 2 and its usage where it does not know an argument', async () => {
    const demo = startDemo(['--twice'], {})
    expect(await demo.ended).toBe(2)
    expect(demo.stderr).toContain('--twice')
    expect(demo.stderr).toContain('npm start -- --once')
  })
})
