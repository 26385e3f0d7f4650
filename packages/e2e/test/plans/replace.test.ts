import { execFile } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createCa, startTestTarget, type TestCa, type TestTarget } from '@mtls-gateway/test-kit'
import { adminEntry } from '../support/entries.ts'
import { eventually } from '../support/eventually.ts'
import { System } from '../support/system.ts'
import { mustBe } from '../support/tenant.ts'
import { TestIssuer } from '../support/test-issuer.ts'

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
