import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  type EchoedRequest,
  type IssuedCertificate,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { eventually } from './support/eventually.ts'
import { expectProblem } from './support/expect-problem.ts'
import { recordsOf } from './support/orphans.ts'
import { Rotation } from './support/rotation.ts'
import { System } from './support/system.ts'
import { lp, type Tenant } from './support/tenant.ts'
import type { Requested } from './support/wire.ts'

let target: TestTarget
let system: System
let [first, second, third]: readonly IssuedCertificate[] = []
let tenant: Tenant
let caller: ApiClient
let rotation: Rotation

beforeAll(async () => {
  target = await startTestTarget()
  system = await System.start({ targets: [target] })
  ;[first, second, third] = await Promise.all(
    ['first', 'second', 'third'].map((commonName) => target.clientCa.issue({ commonName })),
  )
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** A tenant of its own, with `first` in use at the target. */
async function onboarded(): Promise<void> {
  tenant = await system.newTenant()
  const { certificate } = await tenant.onboard(identity(first), `${target.url}/`)
  caller = await tenant.newCaller()
  rotation = new Rotation(tenant, certificate.id)
}

function identity(issued: IssuedCertificate | undefined): IssuedCertificate {
  if (issued === undefined) throw new Error('it was not issued')
  return issued
}

/** Whose certificate the target sees. */
async function presented(): Promise<string | undefined> {
  const headers = lp(`${target.url}/`)
  const { body } = await caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, headers)
  return body.clientCertificate?.commonName
}

const isPresented = (commonName: string) => eventually(presented, (name) => name === commonName)

describe('a staged version', () => {
  it.each([
    ['a P12 in JSON', () => rotation.stage(identity(second))],
    ['PEM in JSON', () => rotation.post('staged', pem(identity(second)))],
    ['a list of one', () => rotation.post('staged', [pem(identity(second))])],
    ['a file', () => rotation.stageFile(identity(second), { certificate: '{"password":"secret"}' })],
    ['a file with its password', () => rotation.stageFile(identity(second), { password: 'secret' })],
  ])('comes as %s, is shown, and is not yet in use', async (_what, stage) => {
    await onboarded()
    const staged = await stage()
    expect(staged).toMatchObject({
      status: 201,
      body: {
        fingerprintSha256: first?.fingerprintSha256,
        staged: { status: 'Available', fingerprintSha256: second?.fingerprintSha256, lastProbe: null },
      },
    })
    expect(await rotation.get()).toEqual(staged.body)
    expect(staged.headers.etag).toMatch(/^"\d+"$/)
    expect(await presented()).toBe('first')
  })

  it('that can not be used is refused as an upload is, and nothing is staged', async () => {
    await onboarded()
    const wrong = { ...pem(identity(second)), privateKey: identity(third).privateKey }
    expectProblem(await rotation.post('staged', wrong), 422, 'KEY_CERTIFICATE_MISMATCH')
    expectProblem(await rotation.stageFile(identity(second), { password: 'wrong' }), 422, 'P12_WRONG_PASSWORD')
    expectProblem(await rotation.post('staged', {}), 400, 'VALIDATION_FAILED')
    const headers = { 'content-type': 'text/plain' }
    const plain = await tenant.api.raw({ method: 'POST', path: rotation.path('staged'), headers, body: 'x' })
    expectProblem(plain, 415, 'UNSUPPORTED_MEDIA_TYPE')
    expect(await rotation.get()).not.toHaveProperty('staged')
  })

  it('can be dropped and replaced, and leaves no key behind', async () => {
    await onboarded()
    await rotation.stage(identity(second))
    await rotation.stage(identity(third))
    expect(await rotation.get()).toMatchObject({ staged: { fingerprintSha256: third?.fingerprintSha256 } })
    expect(await rotation.delete('staged')).toMatchObject({ status: 200 })
    expect(await rotation.get()).not.toHaveProperty('staged')
    expectProblem(await rotation.delete('staged'), 404, 'STAGED_NOT_FOUND')
    expectProblem(await rotation.post('staged/promote'), 404, 'STAGED_NOT_FOUND')
    await expectKeys(1)
  })

  it('stays through a plain replacement', async () => {
    await onboarded()
    await rotation.stage(identity(third))
    await rotation.replace(identity(second))
    expect(await rotation.get()).toMatchObject({
      fingerprintSha256: second?.fingerprintSha256,
      staged: { fingerprintSha256: third?.fingerprintSha256 },
      previous: { fingerprintSha256: first?.fingerprintSha256 },
    })
    await isPresented('second')
  })
})

describe('a rotation', () => {
  it('goes forth, back, and forth again', async () => {
    await onboarded()
    await rotation.stage(identity(second))
    const promoted = await rotation.post('staged/promote')
    expect(promoted).toMatchObject({
      status: 200,
      body: {
        fingerprintSha256: second?.fingerprintSha256,
        subject: 'CN=second',
        warnings: [],
        previous: { status: 'Available', fingerprintSha256: first?.fingerprintSha256 },
      },
    })
    expect(promoted.body).not.toHaveProperty('staged')
    expect(await rotation.get()).toEqual(promoted.body)
    await isPresented('second')
    for (const name of ['first', 'second']) {
      expect(await rotation.post('rollback')).toMatchObject({ status: 200, body: { subject: `CN=${name}` } })
      await isPresented(name)
    }
    await expectKeys(2)
  })

  it('keeps one version to go back to, which can be forgotten at once', async () => {
    await onboarded()
    for (const next of [second, third]) {
      await rotation.stage(identity(next))
      await rotation.post('staged/promote')
    }
    await expectKeys(2)
    expect(await rotation.delete('previous')).toMatchObject({ status: 200 })
    await expectKeys(1)
    expectProblem(await rotation.post('rollback'), 404, 'PREVIOUS_NOT_FOUND')
    expectProblem(await rotation.delete('previous'), 404, 'PREVIOUS_NOT_FOUND')
    await isPresented('third')
  })

  it('is deleted with all its versions', async () => {
    await onboarded()
    const other = await tenant.saveCertificate('c2', identity(first))
    const others = new Rotation(tenant, other.id)
    await others.stage(identity(second))
    await others.post('staged/promote')
    await others.stage(identity(third))
    await expectKeys(4)
    expect(await tenant.api.json('DELETE', tenant.path(`certificates/${other.id}`))).toMatchObject({ status: 200 })
    await expectKeys(1)
  })

  it('goes by a new key that is made here, once it is signed', async () => {
    await onboarded()
    const subject = { commonName: 'made here' }
    const renewal = await rotation.post<Requested>('staged/csr', { subject, keyType: 'EC-P256' })
    expect(renewal).toMatchObject({
      status: 201,
      body: { certificate: { subject: 'CN=first', staged: { status: 'PendingSignature', keyType: 'EC-P256' } } },
    })
    expectProblem(await rotation.post('staged/promote?force=true'), 409, 'STAGED_PENDING')
    const other = await target.clientCa.issue({ commonName: 'other' })
    expectProblem(await rotation.sign(other.certificate), 422, 'KEY_CERTIFICATE_MISMATCH')
    const signed = await target.clientCa.signRequest(renewal.body.csr)
    expect((await rotation.sign(signed.certificate + signed.chain.join(''))).status).toBe(200)
    expect(await rotation.get()).toMatchObject({ staged: { fingerprintSha256: signed.fingerprintSha256 } })
    expect(await presented()).toBe('first')
    expect(await rotation.post('staged/promote')).toMatchObject({ status: 200, body: { subject: 'CN=made here' } })
    await isPresented('made here')
  })
})

function pem({ certificate, chain, privateKey }: IssuedCertificate) {
  return { certificate: certificate + chain.join(''), privateKey }
}

/** As many keys and chains are stored as the account names. */
async function expectKeys(count: number): Promise<void> {
  const store = system.backends.openStore()
  try {
    const records = (await recordsOf(store)).get(tenant.id)
    expect(records?.stored).toEqual(records?.named)
    expect(records?.stored.keys).toHaveLength(count)
  } finally {
    await store.close()
  }
}
