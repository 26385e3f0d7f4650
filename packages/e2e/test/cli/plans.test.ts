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
    const early = await user.mtls(['issuers', '--ca', 'local'])
    expect(early).toMatchObject({ code: 1, stderr: expect.stringContaining('ISSUER_CA_NOT_MADE') })
    expect(await user.done(['sources'])).toBe('There is no source. The operator of the gateway sets them up.\n')
    const issue = ['issue', '--name', 'issued', '--profile', 'local', '--key-type', 'EC-P256']
    expect(await user.done([...issue, '--common-name', 'client.example'])).toMatch(/^subject +CN=client\.example$/m)
    expect(await user.done(['issuers', '--ca', 'local'])).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(await user.done(['plan', 'show', 'issued'])).toMatch(/^next +make the next key and its request, 20/m)
    const set = ['plan', 'set', 'issued', '--profile', 'local', '--renew-at', '0.5', '--promote', 'eachTarget']
    expect(await user.done(set)).toMatch(/^renews at +50 % of the lifetime$/m)
    const changed = await user.done(['plan', 'set', 'issued', '--test', 'manual'])
    expect(changed).toMatch(/^renews at +50 % of the lifetime\ntest +manual\npromote +eachTarget$/m)
    expect(await user.done(['plan', 'run', 'issued'])).toMatch(/^state +requested$/m)
    expect(await user.done(['certificates', 'list', '--plan', 'any'])).toContain('issued')
    expect(await user.done(['plan', 'remove', 'issued'])).toBe('removed; its issuer was local\n')
    expect(await user.done(['certificates', 'list', '--plan', 'any'])).toBe('There is no certificate.\n')
  })

  it('count certificates, and have all of an issuer replaced', async () => {
    await user.done(['issue', '--name', 'replaced', '--profile', 'local', '--common-name', 'client.example'])
    const { issuer } = JSON.parse(await user.done(['certificates', 'show', 'replaced', '--json']))
    const summary = await user.done(['certificates', 'summary', '--plan', 'any'])
    expect(summary).toMatch(/^1 certificates in use$/m)
    expect(summary).toMatch(/^idle +1 +0 +0$/m)
    expect(summary).toContain(`\n${issuer} `)

    const replace = ['certificates', 'replace', '--issuer', issuer]
    const unasked = await user.mtls(replace)
    expect(unasked).toMatchObject({ code: 2, stderr: expect.stringContaining('Add --yes') })
    const before = await user.done(['certificates', 'show', 'replaced'])
    const { code, stdout, stderr } = await user.mtls([...replace, '--yes', '--wait'])
    // The certificate of the test before has no plan any more.
    expect(code).toBe(1)
    expect(stdout).toMatch(/^1 renewals requested, 1 certificates left to people$/m)
    expect(stdout).toMatch(/issued .* has no plan: people replace it$/m)
    expect(stderr).toContain('To go on later: mtls certificates replace --issuer')
    expect(await user.done(['certificates', 'show', 'replaced'])).not.toBe(before)
    const other = await user.mtls(['certificates', 'replace', '--issuer', 'CN=No CA', '--yes'])
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('CN=No CA') })
  })

  it('say what a person has to do, and with which command', async () => {
    await user.done(['issue', '--name', 'by hand', '--profile', 'local', '--common-name', 'client.example'])
    await user.done(['plan', 'set', 'by hand', '--profile', 'local', '--promote', 'manual'])
    await user.done(['plan', 'run', 'by hand'])
    const shown = await eventually(
      () => user.done(['plan', 'show', 'by hand']),
      (text) => text.includes('waits for'),
    )
    expect(shown).toMatch(/^waits for +a person\. Promote what is staged, or drop it\.\nwith +mtls rotate 'by hand'$/m)

    const { issuer } = JSON.parse(await user.done(['certificates', 'show', 'by hand', '--json']))
    const { code, stdout } = await user.mtls(['certificates', 'replace', '--issuer', issuer, '--yes', '--wait'])
    expect(code).toBe(1)
    expect(stdout).toMatch(/ by hand .* waits: promotion$/m)
    expect(stdout).not.toContain('is renewed')
  })
})
