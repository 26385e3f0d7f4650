import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { AppliedDocument, Plan, Source } from '@mtls-gateway/contract'
import { type EchoedRequest, type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { SteadyCalls, tally } from '../support/steady-calls.ts'
import { System } from '../support/system.ts'
import { lp, mustBe, newAccountId, type Tenant } from '../support/tenant.ts'
import type { Certificate } from '../support/wire.ts'

const dayMs = 86_400_000
/** Sources are looked at twice a minute. */
const soonMs = 90_000

/** A volume of Kubernetes, or a plain folder. */
class Folder {
  readonly path: string
  #versions = 0

  constructor(path: string) {
    this.path = path
  }

  async open(): Promise<void> {
    await mkdir(this.path)
    await symlink('..data/tls.crt', join(this.path, 'tls.crt'))
    await symlink('..data/tls.key', join(this.path, 'tls.key'))
  }

  /** Swaps the link that all files are reached through. */
  async swap(files: Readonly<Record<string, string>>): Promise<void> {
    this.#versions += 1
    const version = `..version-${this.#versions}`
    await mkdir(join(this.path, version))
    for (const [name, text] of Object.entries(files)) await writeFile(join(this.path, version, name), text)
    await symlink(version, join(this.path, '..data_tmp'))
    await rename(join(this.path, '..data_tmp'), join(this.path, '..data'))
  }

  put({ certificate, privateKey }: IssuedCertificate): Promise<void> {
    return this.swap({ 'tls.crt': certificate, 'tls.key': privateKey })
  }
}

describe('a certificate that comes from a folder', () => {
  const accountId = newAccountId()
  let directory: string
  let folder: Folder
  let target: TestTarget
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sources-'))
    folder = new Folder(join(directory, 'mounted'))
    await folder.open()
    const file = join(directory, 'sources.json')
    const source = {
      name: 'mounted',
      kind: 'folder',
      description: 'A volume',
      accounts: [accountId],
      path: folder.path,
    }
    await writeFile(file, JSON.stringify({ sources: [source] }))
    target = await startTestTarget()
    system = await System.start({ targets: [target], configApiEnv: { SOURCES_FILE: file } })
    tenant = await system.newTenant(accountId)
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const days = (from: number, to: number) => ({
    notBefore: new Date(Date.now() + from * dayMs),
    notAfter: new Date(Date.now() + to * dayMs),
  })
  const issue = (from: number, to: number) => target.clientCa.issue({ commonName: 'client', ...days(from, to) })

  it('is made by a document, once there is one in the folder, and renewed as its plan says', async () => {
    await folder.swap({})
    const document = { certificates: { declared: { plan: { source: 'mounted' } } } }
    const apply = () => tenant.api.json<AppliedDocument>('PUT', tenant.path('document'), document)
    const { errors } = expectProblem(await apply(), 400, 'DOCUMENT_FAULTY')
    expect(errors).toMatchObject([{ field: 'certificates.declared.plan.source', code: 'SOURCE_MISSING' }])
    const first = await issue(-20, 5)
    await folder.put(first)
    expect(await apply()).toMatchObject({ status: 200, body: { changes: [{ action: 'create', name: 'declared' }] } })
    const { body } = await tenant.api.json<Certificate[]>('GET', tenant.path('certificates?search=declared'))
    expect(body).toMatchObject([
      { status: 'Available', fingerprintSha256: first.fingerprintSha256, plan: { source: 'mounted' } },
    ])
    expect((await apply()).body).toMatchObject({ applied: false, changes: [] })
    mustBe(200, await tenant.api.json('DELETE', tenant.path(`certificates/${body[0]?.id}`)))
  })

  it('is put in use under calls, none of which fails, and nothing else that is there is', async () => {
    const first = await issue(-10, 10)
    await folder.put(first)
    const { certificate } = await tenant.onboard(first, `${target.url}/sourced`)
    const path = tenant.path(`certificates/${certificate.id}`)
    const get = async <T>(below: string) => (await tenant.api.json<T>('GET', `${path}${below}`)).body
    const fingerprint = async () => (await get<Certificate>('')).fingerprintSha256
    const plan = () => get<Plan>('/plan')
    const revision = async () => (await tenant.api.json('GET', tenant.path('settings'))).headers.etag

    expect((await tenant.api.json<Source[]>('GET', tenant.path('sources'))).body).toEqual([
      { name: 'mounted', kind: 'folder', description: 'A volume' },
    ])
    const set = await tenant.api.json<Plan>('PUT', `${path}/plan`, { source: 'mounted' })
    mustBe(200, set)
    expect(set.body).toMatchObject({ profile: null, source: 'mounted', state: 'idle', next: null, waitsFor: null })
    const before = await revision()

    // What is there is in use.
    expect(await tenant.api.json('POST', `${path}/plan/run`)).toMatchObject({ status: 200, body: { state: 'idle' } })
    expect(await revision()).toBe(before)

    const caller = await tenant.newCaller(['forward'])
    const call = () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(`${target.url}/sourced`))
    const calls = new SteadyCalls(call, 2, 50)

    const [second, other, old] = [await issue(-5, 20), await issue(-4, 25), await issue(-12, 8)]
    const wrong = [
      ['SOURCE_HALF_WRITTEN', { 'tls.crt': second.certificate }],
      ['SOURCE_HALF_WRITTEN', { 'tls.crt': second.certificate.slice(0, 300), 'tls.key': second.privateKey }],
      ['SOURCE_OTHER_KEY', { 'tls.crt': second.certificate, 'tls.key': other.privateKey }],
      ['SOURCE_OLDER', { 'tls.crt': old.certificate, 'tls.key': old.privateKey }],
      ['SOURCE_MISSING', {}],
    ] as const
    for (const [code, files] of wrong) {
      await folder.swap(files)
      // None of them comes to nothing while another one is under way.
      const runs = [1, 2, 3].map(() => tenant.api.json('POST', `${path}/plan/run`))
      for (const run of await Promise.all(runs)) expectProblem(run, 502, code)
      expect(await plan()).toMatchObject({
        state: 'idle',
        next: { step: 'fetch' },
        lastFailure: { step: 'fetch', code },
      })
      expect(await fingerprint()).toBe(first.fingerprintSha256)
    }

    await folder.put(second)
    mustBe(200, await tenant.api.json('POST', `${path}/plan/run`))
    await eventually(fingerprint, (now) => now === second.fingerprintSha256)
    expect(await plan()).toMatchObject({ state: 'idle', next: null, attempts: 0 })

    // As cert-manager's driver writes its volume anew when a pod has moved.
    const known = await revision()
    await folder.put(second)
    expect(await tenant.api.json('POST', `${path}/plan/run`)).toMatchObject({ status: 200 })
    expect(await revision()).toBe(known)

    // Without anybody asking, and told without anybody asking as well.
    await folder.swap({ 'tls.key': other.privateKey })
    await eventually(plan, ({ lastFailure }) => lastFailure?.code === 'SOURCE_HALF_WRITTEN', soonMs)
    await folder.put(other)
    await eventually(fingerprint, (now) => now === other.fingerprintSha256, soonMs)

    const plain = (text?: string) => text?.replaceAll(':', '').toLowerCase()
    const presents = ({ body }: { readonly body: unknown }) =>
      plain((body as EchoedRequest).clientCertificate?.fingerprint256)
    await eventually(call, (answer) => presents(answer) === other.fingerprintSha256)
    // Those that are under way may have begun before.
    const enough = calls.count + 4
    await eventually(
      async () => calls.count,
      (count) => count >= enough,
    )
    const made = await calls.stop()
    expect(tally(made)).toEqual({ 200: made.length })
    const fingerprints = [first, second, other].map(({ fingerprintSha256 }) => fingerprintSha256)
    expect([...new Set(made.map(presents))]).toEqual(fingerprints)

    const audit = await tenant.api.json<{ action: string; actor: string }[]>('GET', tenant.path('audit'))
    expect(audit.body.find(({ action }) => action === 'certificates.stage')?.actor).toBe('plan')
    expect(system.configApi.output).not.toContain('PRIVATE KEY')
    // Where the folder is, only the log is told.
    expect(JSON.stringify([audit.body, await plan()])).not.toContain(directory)
  })

  it('is not brought back after a rollback, and is replaced by what is newer', async () => {
    const [first, second, third] = [await issue(-1, 30), await issue(0, 40), await issue(0, 50)]
    const { id } = await tenant.saveCertificate('c2', first)
    const path = tenant.path(`certificates/${id}`)
    const fingerprint = async () => (await tenant.api.json<Certificate>('GET', path)).body.fingerprintSha256
    await folder.put(second)
    mustBe(200, await tenant.api.json('PUT', `${path}/plan`, { source: 'mounted' }))
    const run = () => tenant.api.json('POST', `${path}/plan/run`)
    mustBe(200, await run())
    await eventually(fingerprint, (now) => now === second.fingerprintSha256)
    mustBe(200, await tenant.api.json('POST', `${path}/rollback`))
    expectProblem(await run(), 409, 'PLAN_WAITS')
    // Without anybody asking.
    await folder.put(third)
    await eventually(fingerprint, (now) => now === third.fingerprintSha256, soonMs)
  })

  it('is read ever more rarely while its source fails, however short its life', async () => {
    const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 600_000) }
    const { id } = await tenant.saveCertificate('c3', await target.clientCa.issue({ commonName: 'c', ...validity }))
    const path = tenant.path(`certificates/${id}/plan`)
    await folder.swap({})
    mustBe(200, await tenant.api.json('PUT', path, { source: 'mounted' }))
    expectProblem(await tenant.api.json('POST', `${path}/run`), 502, 'SOURCE_MISSING')
    await eventually(
      async () => (await tenant.api.json<Plan>('GET', path)).body.attempts,
      (attempts) => attempts >= 3,
    )
    const failed = new RegExp(`"event":"plan-step-failed",.*"certificate":${id},`, 'g')
    expect(system.configApi.output.match(failed)?.length).toBeLessThan(8)
  })

  it('is for the accounts that the operator has listed', async () => {
    const stranger = await system.newTenant()
    expect((await stranger.api.json('GET', stranger.path('sources'))).body).toEqual([])
    const { id } = await stranger.saveCertificate('c1', await issue(-1, 30))
    const path = stranger.path(`certificates/${id}/plan`)
    expectProblem(await stranger.api.json('PUT', path, { source: 'mounted' }), 404, 'SOURCE_UNKNOWN')
    expectProblem(await stranger.api.json('PUT', path, {}), 400, 'VALIDATION_FAILED')
    const both = { source: 'mounted', profile: 'local' }
    expectProblem(await stranger.api.json('PUT', path, both), 400, 'VALIDATION_FAILED')
  })
})
