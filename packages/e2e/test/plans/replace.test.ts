import { execFile } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { CertificateSummary, Replacement } from '@mtls-gateway/contract'
import { createCa, startTestTarget, type TestCa, type TestTarget } from '@mtls-gateway/test-kit'
import { adminEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'
import type { Certificate } from '../support/wire.ts'

let oldCa: TestCa
let target: TestTarget
let issuer: TestIssuer
let system: System

beforeAll(async () => {
  oldCa = await createCa({ name: 'Old CA' })
  target = await startTestTarget()
  issuer = await TestIssuer.open(target.clientCa, 3_600)
  const configApiEnv = { ...issuer.env, EXPIRY_CHECK_INTERVAL: '1s' }
  system = await System.start({ configApiOnly: true, targets: [target, issuer], configApiEnv })
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await issuer?.close()
})

/** @returns what is left, as JSON */
function replace(
  ...words: string[]
): Promise<{ requested: number; replaced: number; left: { name: string; waitsFor: string }[] }> {
  const env = { ...process.env, DATA_DIR: system.dataDir }
  const args = [adminEntry, 'replace', '--issuer', 'CN=Old CA', '--json', ...words]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env }, (_error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        reject(new Error(stderr))
      }
    })
  })
}

it('replaces the certificates of an issuer by their plans, in all accounts', async () => {
  const names = ['first', 'second']
  for (const name of names) {
    const tenant = await system.newTenant()
    const { id } = await tenant.saveCertificate(name, await oldCa.issue({ commonName: name }))
    mustBe(
      200,
      await tenant.api.json('PUT', tenant.path(`certificates/${id}/plan`), { profile: 'test', promote: 'auto' }),
    )
    await tenant.saveCertificate(`${name} by hand`, await oldCa.issue({ commonName: name }))
  }
  const unaccepted = await eventually(
    () => replace('--yes'),
    ({ left }) => left.filter(({ waitsFor }) => waitsFor === 'differences').length === 2,
  )
  expect(unaccepted.replaced).toBe(0)
  const report = await eventually(
    () => replace('--yes', '--wait', '5s', '--accept', 'ISSUER_DIFFERS', '--accept', 'EXPIRES_EARLIER'),
    ({ left }) => left.length === 2,
  )
  expect(report.left.map(({ name }) => name).toSorted()).toEqual(['first by hand', 'second by hand'])
  expect(await replace('--yes')).toMatchObject({ requested: 0 })
})

it('replaces them in one account, for whoever may administrate it', async () => {
  const tenant = await system.newTenant()
  const send = <T>(method: string, below: string, body?: unknown, headers = {}) =>
    tenant.api.json<T>(method, tenant.path(below), body, headers)
  const { id } = await tenant.saveCertificate('planned', await oldCa.issue({ commonName: 'planned' }))
  mustBe(200, await send('PUT', `certificates/${id}/plan`, { profile: 'test' }))
  await tenant.saveCertificate('by hand', await oldCa.issue({ commonName: 'by hand' }))
  await tenant.saveCertificate('other', await target.clientCa.issue({ commonName: 'other' }))
  await tenant.map({ certificationId: id, serviceId: 'IDP', url: `${target.url}/a`, name: 'm1' })

  const { body: before } = await send<CertificateSummary>('GET', 'certificates/summary')
  expect(before).toMatchObject({
    ...{ certificates: 3, revoked: 0, mappings: 1 },
    issuers: [
      { issuer: 'CN=Old CA', certificates: 2, mappings: 1 },
      { issuer: 'CN=Client CA', certificates: 1, mappings: 0 },
    ],
    plans: [
      { plan: 'none', certificates: 2 },
      { plan: 'idle', certificates: 1 },
    ],
  })
  const [{ month } = { month: '' }] = before.months
  expect((await send<Certificate[]>('GET', `certificates?expiresIn=${month}`)).body.length).toBeGreaterThan(0)

  const wanted = { issuer: 'CN=Old CA', accepts: ['ISSUER_DIFFERS', 'EXPIRES_EARLIER'] }
  const key = { 'idempotency-key': 'replace-1' }
  const { body: asked } = await send<Replacement>('POST', 'certificates/replace', wanted, key)
  expect(asked).toEqual({ issuer: 'CN=Old CA', issuedBefore: expect.any(String), requested: 1, leftToPeople: 1 })
  const { body: repeated } = await send<Replacement>('POST', 'certificates/replace', wanted, key)
  expect(repeated).toMatchObject({ issuedBefore: asked.issuedBefore, leftToPeople: 1 })
  // Nothing has to be changed, and yet the key belongs to another request.
  const reused = await send('POST', 'certificates/replace', { issuer: 'CN=No CA' }, key)
  expectProblem(reused, 422, 'IDEMPOTENCY_KEY_REUSED')

  const left = `issuer=CN%3DOld%20CA&issuedBefore=${asked.issuedBefore}`
  const progress = await eventually(
    async () => (await send<CertificateSummary>('GET', `certificates/summary?${left}`)).body,
    ({ certificates }) => certificates === 1,
  )
  expect(progress.plans).toMatchObject([{ plan: 'none', certificates: 1 }])
  expect((await send<Certificate[]>('GET', `certificates?${left}`)).body).toMatchObject([{ name: 'by hand' }])
  const again = { ...wanted, issuedBefore: asked.issuedBefore }
  expect((await send('POST', 'certificates/replace', again)).body).toEqual({ ...asked, requested: 0 })
  const audit = (await send<{ action: string; subjects: string[] }[]>('GET', 'audit')).body
  expect(audit.filter(({ action }) => action === 'plans.renew-now')).toMatchObject([
    { subjects: [`${id} planned (accepts ISSUER_DIFFERS, EXPIRES_EARLIER)`] },
  ])
  const unknown = await send('POST', 'certificates/replace', { issuer: 'CN=No CA' })
  expect(expectProblem(unknown, 404, 'CERTIFICATE_NOT_FOUND').detail).toContain('CN=No CA')
})
