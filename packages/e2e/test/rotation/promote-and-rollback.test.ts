import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { ApiResponse } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type RotatedCertificate, RotationScene } from '../support/rotated-certificate.ts'
import { promotion, Rotation } from '../support/rotation.ts'
import { lp } from '../support/tenant.ts'
import type { CheckedMapping, Requested } from '../support/wire.ts'

let scene: RotationScene
let rotation: RotatedCertificate

beforeAll(async () => {
  scene = await RotationScene.start()
})

beforeEach(async () => {
  rotation = await scene.onboard()
})

afterAll(() => scene?.stop())

/** A call that the target has seen, and that goes on until its body ends. */
async function underWay(
  url: string,
): Promise<{ readonly body: PassThrough; readonly answer: Promise<ApiResponse<Buffer>> }> {
  scene.target.clear()
  const body = new PassThrough()
  const answer = rotation.caller.raw({ method: 'POST', path: rotation.tenant.forwardPath, headers: lp(url), body })
  body.write('the first part')
  await eventually(
    async () => scene.target.seen.length,
    (count) => count > 0,
  )
  expect(scene.target.seen).toMatchObject([{ clientCertificate: { commonName: await commonNameInUse() } }])
  return { body, answer }
}

async function commonNameInUse(): Promise<string> {
  return (await rotation.get()).subject.replace('CN=', '')
}

describe('a rotation', () => {
  it('lets calls that are under way end with the version before, and breaks them off where that is forgotten', async () => {
    const { id } = await rotation.get()
    const url = `${scene.target.url}/sink`
    await rotation.tenant.map({ certificationId: id, serviceId: 'IDP', url, name: 'uploads' })
    const entry = { serviceName: 'IDP', accountId: rotation.tenant.id, url }
    await eventually(
      () => rotation.caller.json<CheckedMapping[]>('POST', '/mtls/mapping?v=2', [entry]),
      ({ body }) => body[0]?.doExist === true,
    )

    const ending = await underWay(url)
    await rotation.stage(scene.second)
    expect(await rotation.post(promotion)).toMatchObject({ status: 200 })
    await rotation.expectPresented('second')
    ending.body.end('the second part')
    expect((await ending.answer).status).toBe(200)

    const brokenOff = await underWay(url)
    expect(await rotation.post('rollback')).toMatchObject({ status: 200 })
    await rotation.expectPresented('first')
    expect(await rotation.delete('previous')).toMatchObject({ status: 200 })
    const answer = await brokenOff.answer
    brokenOff.body.destroy()
    expect(answer.status).toBe(424)
    expect(answer.headers['lp-error-from-transport']).toBe('CLIENT_CERTIFICATE_DELETED')
  })

  it('goes forth, back, and forth again', async () => {
    await rotation.stage(scene.second)
    const promoted = await rotation.post(promotion)
    expect(promoted).toMatchObject({
      status: 200,
      body: {
        fingerprintSha256: scene.second.fingerprintSha256,
        subject: 'CN=second',
        warnings: [],
        previous: { status: 'Available', fingerprintSha256: scene.first.fingerprintSha256 },
      },
    })
    expect(promoted.body).not.toHaveProperty('staged')
    expect(await rotation.get()).toMatchObject(promoted.body)
    await rotation.expectPresented('second')
    for (const name of ['first', 'second']) {
      expect(await rotation.post('rollback')).toMatchObject({ status: 200, body: { subject: `CN=${name}` } })
      await rotation.expectPresented(name)
    }
    await rotation.expectKeys(2)
  })

  it('keeps one version to go back to, which can be forgotten at once', async () => {
    for (const next of [scene.second, scene.third]) {
      await rotation.stage(next)
      await rotation.post(promotion)
    }
    await rotation.expectKeys(2)
    expect(await rotation.delete('previous')).toMatchObject({ status: 200 })
    await rotation.expectKeys(1)
    expectProblem(await rotation.post('rollback'), 404, 'PREVIOUS_NOT_FOUND')
    expectProblem(await rotation.delete('previous'), 404, 'PREVIOUS_NOT_FOUND')
    await rotation.expectPresented('third')
  })

  it('is deleted with all its versions', async () => {
    const other = await rotation.tenant.saveCertificate('c2', scene.first)
    const others = new Rotation(rotation.tenant, other.id)
    await others.stage(scene.second)
    await others.post(promotion)
    await others.stage(scene.third)
    await rotation.expectKeys(4)
    expect(await rotation.tenant.api.json('DELETE', rotation.tenant.path(`certificates/${other.id}`))).toMatchObject({
      status: 200,
    })
    await rotation.expectKeys(1)
  })

  it('goes by a new key that is made here, once it is signed', async () => {
    const subject = { commonName: 'made here' }
    const renewal = await rotation.post<Requested>('staged/csr', { subject, keyType: 'EC-P256' })
    expect(renewal).toMatchObject({
      status: 201,
      body: { certificate: { subject: 'CN=first', staged: { status: 'PendingSignature', keyType: 'EC-P256' } } },
    })
    expectProblem(await rotation.post(`${promotion}&force=true`), 409, 'STAGED_PENDING')
    const other = await scene.target.clientCa.issue({ commonName: 'other' })
    expectProblem(await rotation.sign(other.certificate), 422, 'KEY_CERTIFICATE_MISMATCH')
    const signed = await scene.target.clientCa.signRequest(renewal.body.csr)
    expect((await rotation.sign(signed.certificate + signed.chain.join(''))).status).toBe(200)
    expect(await rotation.get()).toMatchObject({ staged: { fingerprintSha256: signed.fingerprintSha256 } })
    expect(await rotation.presented()).toBe('first')
    expect(await rotation.post(promotion)).toMatchObject({ status: 200, body: { subject: 'CN=made here' } })
    await rotation.expectPresented('made here')
  })
})
