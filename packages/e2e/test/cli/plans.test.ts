import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { loggedIn } from '../support/cli-login.ts'
import type { CliUser } from '../support/cli-user.ts'
import { eventually } from '../support/eventually.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'

describe('mtls plan, issue and issuers', () => {
  let system: SharedSystem
  let user: CliUser

  beforeAll(async () => {
    system = await sharedSystem()
    user = (await loggedIn(system, await system.newTenant())).user
  })

  afterAll(async () => {
    await system?.stop()
  })

  it('order a certificate that renews itself, and show how', async () => {
    expect(await user.done(['issuers'])).toMatch(/^local +local +RSA-2048, /m)
    expect(await user.done(['issuers', '--ca', 'local'])).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(await user.done(['sources'])).toBe('There is no source. The operator of the gateway sets them up.\n')
    const issue = ['issue', '--name', 'issued', '--profile', 'local', '--key-type', 'EC-P256']
    expect(await user.done([...issue, '--common-name', 'client.example'])).toMatch(/^subject +CN=client\.example$/m)
    expect(await user.done(['plan', 'show', 'issued'])).toMatch(/^next +make the next key and its request, 20/m)
    const set = ['plan', 'set', 'issued', '--profile', 'local', '--renew-at', '0.5', '--promote', 'eachTarget']
    expect(await user.done(set)).toMatch(/^renews at +50 % of the lifetime$/m)
    expect(await user.done(['plan', 'run', 'issued'])).toMatch(/^state +requested$/m)
    expect(await user.done(['certificates', 'list', '--plan', 'any'])).toContain('issued')
    expect(await user.done(['plan', 'remove', 'issued'])).toBe('removed; its issuer was local\n')
    expect(await user.done(['certificates', 'list', '--plan', 'any'])).toBe('There is no certificate.\n')
  })

  it('say what a person has to do, and with which command', async () => {
    await user.done(['issue', '--name', 'by hand', '--profile', 'local', '--common-name', 'client.example'])
    await user.done(['plan', 'set', 'by hand', '--profile', 'local', '--promote', 'manual'])
    await user.done(['plan', 'run', 'by hand'])
    const shown = await eventually(
      () => user.done(['plan', 'show', 'by hand']),
      (text) => text.includes('waits for'),
    )
    expect(shown).toMatch(/^waits for +a person\. Promote what is staged, or drop it\.\nwith +mtls rotate$/m)
  })
})
