import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from '@jest/globals'
import type { Certificate, TestReport } from '@mtls-gateway/contract'
import { inviteToConsole, withdrawUnusedLinks } from '../src/console-sign-in.ts'
import { runDemo } from '../src/demo.ts'
import { type DemoFile, demoFilePath, readDemoFile } from '../src/demo-file.ts'
import { freePorts } from '../src/ports.ts'
import { builtEntries } from '../src/repository.ts'
import { Terminal } from '../src/terminal.ts'
import { runCall, startDemo, startDemoBelowShell } from './started-demo.ts'
import { temporaryDirectory } from './temporary-directory.ts'

async function demoFile(dataDir: string): Promise<DemoFile> {
  const demo = await readDemoFile(dataDir)
  if (demo === undefined) throw new Error('there is no demo.json')
  return demo
}

function listCertificates(demo: DemoFile): Promise<Response> {
  return ask(demo, `/mtls/account/${demo.accountId}/certificates`)
}

function ask({ configApi, bearerToken }: DemoFile, path: string): Promise<Response> {
  return fetch(configApi + path, { headers: { authorization: `Bearer ${bearerToken}` } })
}

/** Waits for another version in use; what is not due for a minute is begun now. */
async function expectRenewal(demo: DemoFile, name: string): Promise<void> {
  const present = async () => {
    const certificates = (await (await listCertificates(demo)).json()) as Certificate[]
    return certificates.find((each) => each.name === name)
  }
  const before = await present()
  const url = `${demo.configApi}/mtls/account/${demo.accountId}/certificates/${before?.id}/plan/run`
  const run = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${demo.bearerToken}` } })
  expect(run.status).toBe(200)
  while ((await present())?.fingerprintSha256 === before?.fingerprintSha256) await setTimeout(100)
}

async function openLink({ configApi }: DemoFile, step: 'describe' | 'redeem', link: string): Promise<unknown> {
  const body = JSON.stringify({ code: new URL(link).hash.replace('#code=', '') })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${configApi}/mtls/invitations/${step}`, { method: 'POST', headers, body })).json()
}

const isUnknown = (answer: unknown) => (answer as { code?: string }).code === 'INVITATION_UNKNOWN'

/** Whether the demo's target accepts the certificate of a file. */
async function verdictOn(file: Buffer, { configApi, accountId, bearerToken, targetUrl }: DemoFile) {
  const form = new FormData()
  form.set('file', new Blob([new Uint8Array(file)]), 'next.p12')
  form.set('password', 'demo')
  const headers = { authorization: `Bearer ${bearerToken}`, 'LP-forward-url': targetUrl }
  const url = `${configApi}/mtls/account/${accountId}/p12-test/multipart`
  const answer = await fetch(url, { method: 'POST', headers, body: form })
  const report: TestReport = JSON.parse(await answer.text())
  return report.call?.clientCertificate
}

describe('npm start', () => {
  it('stays up with credentials that work, until SIGTERM: then both services stop cleanly and the credentials are gone', async () => {
    const DATA_DIR = await temporaryDirectory()
    const started = startDemo([], { DATA_DIR })
    await started.printed('/invitation#code=')
    const demo = await demoFile(DATA_DIR)
    expect((await stat(demoFilePath(DATA_DIR))).mode & 0o777).toBe(0o600)
    expect(Object.keys(demo).sort()).toEqual(
      ['configApi', 'forwarderApi', 'console', 'accountId', 'bearerToken', 'appKey', 'appSecret']
        .concat(['serviceName', 'metrics', 'targetUrl', 'targetCa'])
        .sort(),
    )
    expect(await (await listCertificates(demo)).json()).toMatchObject([
      { name: 'demo-expiring', status: 'Available' },
      { name: 'demo-client', status: 'Available', issuer: expect.stringContaining('le123') },
      { name: 'demo-refused', status: 'Available' },
      { name: 'demo-two-minutes', status: 'Available', plan: { profile: 'two-minutes', next: { step: 'request' } } },
    ])
    // The rights of the printed link, also for who logs in with the file.
    const scopes = ['mtls:read', 'mtls:write', 'mtls:admin', 'forward']
    expect(await (await ask(demo, '/mtls/me')).json()).toMatchObject({ scopes })
    const link = started.stdout.trimEnd().split('\n').at(-1) ?? ''
    expect(new URL(link)).toMatchObject({ origin: demo.console, pathname: '/invitation' })
    expect(link.length).toBeLessThan(160)
    // It says who it is for and what it gives, and signs in once.
    const scopesOfLink = ['mtls:read', 'mtls:write', 'mtls:admin']
    expect(await openLink(demo, 'describe', link)).toMatchObject({ label: 'npm start', scopes: scopesOfLink })
    expect(await openLink(demo, 'redeem', link)).toMatchObject({ accountId: demo.accountId })
    expect(await openLink(demo, 'redeem', link)).toMatchObject({ code: 'INVITATION_VOID' })

    const mapped = await runCall(['--url', demo.targetUrl, '--json'], { DATA_DIR })
    expect(mapped).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(mapped.stdout).body.clientCertificate.subject).toBe('O=Demo, CN=demo-client')
    const bank = demo.targetUrl.replace('/demo', '/bank/payments')
    expect(started.stdout).toContain(`npm run call -- --url ${bank} --data '{"amount":"12.50"}'`)
    const paid = await runCall(['--url', bank, '--data', '{"amount":"12.50"}', '--json'], { DATA_DIR })
    const accepted = { accepted: true, clientCertificate: 'O=Demo, CN=demo-client', token: { scope: 'payments' } }
    expect(JSON.parse(paid.stdout).body).toMatchObject(accepted)
    const unmapped = await runCall(['--url', `${demo.targetUrl}/other`], { DATA_DIR })
    expect(unmapped.code).toBe(1)
    expect(unmapped.stdout).toContain('lp-error-from-transport: TARGET_REQUIRES_CLIENT_CERTIFICATE')
    // As clients of the original API call: with a token, and without a service.
    const headers = { authorization: `Bearer ${demo.bearerToken}`, 'LP-forward-url': demo.targetUrl }
    const byToken = await fetch(`${demo.forwarderApi}/mtls/account/${demo.accountId}`, { headers })
    expect(await byToken.json()).toMatchObject({ clientCertificate: { commonName: 'demo-client' } })
    expect(started.stdout).toContain('npx mtls plan show demo-two-minutes')
    await expectRenewal(demo, 'demo-two-minutes')
    const renewed = await runCall(['--url', demo.targetUrl.replace('/demo', '/two-minutes'), '--json'], { DATA_DIR })
    expect(JSON.parse(renewed.stdout).body.clientCertificate.subject).toBe('O=Demo, CN=demo-two-minutes')
    const next = join(DATA_DIR, 'demo-next.p12')
    expect((await stat(next)).mode & 0o777).toBe(0o600)
    expect(started.stdout).toContain(`MTLS_PASSWORD=demo npx mtls rotate demo-expiring ${next} --wait`)
    expect(await verdictOn(await readFile(next), demo)).toBe('accepted')

    started.child.kill('SIGTERM')
    expect({ code: await started.ended, stderr: started.stderr }).toEqual({ code: 0, stderr: '' })
    for (const secret of [demo.bearerToken, demo.appSecret]) {
      expect(started.stdout).not.toContain(secret)
    }
    for (const name of ['config-api.log', 'forwarder-api.log', 'console.log']) {
      expect(await readFile(join(DATA_DIR, name), 'utf8')).toContain('"event":"stopped"')
    }
    expect(await readDemoFile(DATA_DIR)).toBeUndefined()
    await expect(stat(next)).rejects.toMatchObject({ code: 'ENOENT' })
    const late = await runCall(['--url', demo.targetUrl], { DATA_DIR })
    expect(late.code).toBe(1)
    expect(late.stderr).toMatch(/^The demo is not running: .*npm start/)
  })

  it('withdraws a link that nobody has used in time, and leaves the session of one that was used', async () => {
    const DATA_DIR = await temporaryDirectory()
    const links: string[] = []
    const up = Promise.withResolvers<void>()
    const interruption = new AbortController()
    const ended = runDemo({
      once: false,
      environment: { ...freePorts, DATA_DIR },
      entries: builtEntries,
      terminal: new Terminal({
        json: false,
        colour: false,
        err: () => {},
        out: (text) => {
          links.push(...(text.match(/\S+\/invitation#code=\S+/g) ?? []))
          if (links.length > 0) up.resolve()
        },
      }),
      interrupted: interruption.signal,
      linkMs: 1,
    })
    await Promise.race([up.promise, ended])
    const demo = await demoFile(DATA_DIR)
    const [unused = ''] = links
    while (!isUnknown(await openLink(demo, 'describe', unused))) await setTimeout(50)

    const used = await inviteToConsole(demo)
    const { token } = (await openLink(demo, 'redeem', used)) as { token: string }
    await withdrawUnusedLinks(demo)
    expect((await listCertificates({ ...demo, bearerToken: token })).status).toBe(200)
    interruption.abort()
    await ended
  })

  it('ends with the shell that npm runs it in, which passes no signal on, and starts again with the same app key', async () => {
    const DATA_DIR = await temporaryDirectory()
    const started = startDemoBelowShell({ DATA_DIR })
    await started.printed('/invitation#code=')
    const demo = await demoFile(DATA_DIR)
    started.child.kill('SIGTERM')
    await started.ended
    expect(started.stdout).toMatch(/\nStopping\.\n$/)
    expect(await readDemoFile(DATA_DIR)).toBeUndefined()
    await expect(listCertificates(demo)).rejects.toThrow()

    const again = startDemo([], { DATA_DIR })
    await again.printed('/invitation#code=')
    const { appKey, appSecret, targetUrl } = demo
    expect(await demoFile(DATA_DIR)).toMatchObject({ appKey, appSecret, targetUrl })
    expect((await stat(join(DATA_DIR, 'demo-kept.json'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(DATA_DIR, '.gitignore'), 'utf8')).toBe('*\n')
    again.child.kill('SIGTERM')
    await again.ended
  })
})
