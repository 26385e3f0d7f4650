import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type RotatedCertificate, RotationScene } from '../support/rotated-certificate.ts'

let scene: RotationScene
let rotation: RotatedCertificate

beforeAll(async () => {
  scene = await RotationScene.start()
})

beforeEach(async () => {
  rotation = await scene.onboard()
})

afterAll(() => scene?.stop())

describe('a staged version', () => {
  it.each([
    ['a P12 in JSON', () => rotation.stage(scene.second)],
    ['PEM in JSON', () => rotation.post('staged', pem(scene.second))],
    ['a list of one', () => rotation.post('staged', [pem(scene.second)])],
    ['a file', () => rotation.stageFile(scene.second, { certificate: '{"password":"secret"}' })],
    ['a file with its password', () => rotation.stageFile(scene.second, { password: 'secret' })],
  ])('comes as %s, is shown, and is not yet in use', async (_what, stage) => {
    const staged = await stage()
    expect(staged).toMatchObject({
      status: 201,
      body: {
        fingerprintSha256: scene.first.fingerprintSha256,
        staged: { status: 'Available', fingerprintSha256: scene.second.fingerprintSha256, lastProbe: null },
      },
    })
    expect(await rotation.get()).toMatchObject(staged.body)
    expect(staged.headers.etag).toMatch(/^"\d+"$/)
    expect(await rotation.presented()).toBe('first')
  })

  it('that can not be used is refused as an upload is, and nothing is staged', async () => {
    const wrong = { ...pem(scene.second), privateKey: scene.third.privateKey }
    expectProblem(await rotation.post('staged', wrong), 422, 'KEY_CERTIFICATE_MISMATCH')
    expectProblem(await rotation.stageFile(scene.second, { password: 'wrong' }), 422, 'P12_WRONG_PASSWORD')
    expectProblem(await rotation.post('staged', {}), 400, 'VALIDATION_FAILED')
    const headers = { 'content-type': 'text/plain' }
    const plain = await rotation.tenant.api.raw({ method: 'POST', path: rotation.path('staged'), headers, body: 'x' })
    expectProblem(plain, 415, 'UNSUPPORTED_MEDIA_TYPE')
    expect(await rotation.get()).not.toHaveProperty('staged')
  })

  it('can be dropped and replaced, and leaves no key behind', async () => {
    await rotation.stage(scene.second)
    await rotation.stage(scene.third)
    expect(await rotation.get()).toMatchObject({ staged: { fingerprintSha256: scene.third.fingerprintSha256 } })
    expect(await rotation.delete('staged')).toMatchObject({ status: 200 })
    expect(await rotation.get()).not.toHaveProperty('staged')
    expectProblem(await rotation.delete('staged'), 404, 'STAGED_NOT_FOUND')
    expectProblem(await rotation.post('staged/promote'), 404, 'STAGED_NOT_FOUND')
    await rotation.expectKeys(1)
  })

  it('stays through a plain replacement', async () => {
    await rotation.stage(scene.third)
    await rotation.replace(scene.second)
    expect(await rotation.get()).toMatchObject({
      fingerprintSha256: scene.second.fingerprintSha256,
      staged: { fingerprintSha256: scene.third.fingerprintSha256 },
      previous: { fingerprintSha256: scene.first.fingerprintSha256 },
    })
    await rotation.expectPresented('second')
  })
})

function pem({ certificate, chain, privateKey }: IssuedCertificate) {
  return { certificate: certificate + chain.join(''), privateKey }
}
